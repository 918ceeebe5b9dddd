import { mkdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import type { CheckEnd } from './checks.ts';
import { publicPackages } from './public-packages.ts';
import { root } from './run-program.ts';

/** The entry points of a package that have types: `.` is `index`, `./driver` is `driver`. */
function entryPoints(folder: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as { exports: object };
  return Object.entries(exports)
    .filter(([, target]) => typeof target !== 'string')
    .map(([path]) => (path === '.' ? 'index' : path.slice(2)));
}

function report(folder: string, entry: string, fix: boolean): readonly string[] {
  const messages: string[] = [];
  const reportFolder = `${root}${folder}/api`;
  mkdirSync(reportFolder, { recursive: true });
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: `${root}${folder}`,
      mainEntryPointFilePath: `${root}${folder}/dist/${entry}.d.ts`,
      apiReport: {
        enabled: true,
        reportFolder,
        reportTempFolder: `${root}node_modules/.cache/api/${basename(folder)}`,
        reportFileName: `${entry}.api.md`,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      compiler: {
        overrideTsconfig: {
          compilerOptions: { target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', strict: true, skipLibCheck: true, types: ['node'] },
          include: [`${root}${folder}/dist/**/*.d.ts`],
        },
      },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Warning },
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}${folder}/package.json`,
  });
  const result = Extractor.invoke(config, {
    localBuild: fix,
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning) {
        messages.push(`${folder} ${entry}: ${message.text}`);
      }
      message.handled = true;
    },
  });
  return result.succeeded || (fix && result.errorCount === 0) ? [] : [...messages, `${folder}: ${entry} differs`];
}

/** Compares the committed API reports with the built types, or with `fix` writes them. */
export async function runApiReports(fix: boolean): Promise<CheckEnd> {
  const faults = publicPackages.flatMap((folder) => entryPoints(folder).flatMap((entry) => report(folder, entry, fix)));
  return { ok: faults.length === 0, output: faults.join('\n') };
}
