import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor';
import type { IConfigFile, IExtractorMessagesConfig } from '@microsoft/api-extractor';
import type { CheckEnd } from './checks.ts';
import { publicPackages } from './public-packages.ts';
import { root } from './run-program.ts';

const silent = { logLevel: ExtractorLogLevel.None };

/** What the report is about is the surface itself; the compiler and the reference have their own checks. */
const messages: IExtractorMessagesConfig = {
  compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
  extractorMessageReporting: {
    default: { logLevel: ExtractorLogLevel.Warning },
    'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
    'ae-missing-release-tag': silent,
    'ae-undocumented': silent,
    'ae-unresolved-link': silent,
  },
  tsdocMessageReporting: { default: silent },
};

/** The entry points of a package that have types: `.` is `index`, `./driver` is `driver`. */
function entryPoints(folder: string): readonly string[] {
  const { exports } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')) as {
    exports: Readonly<Record<string, unknown>>;
  };
  return Object.entries(exports)
    .filter(([, target]) => typeof target !== 'string')
    .map(([path]) => (path === '.' ? 'index' : path.slice(2)));
}

function configOf(folder: string, entry: string): IConfigFile {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
  };
  return {
    projectFolder: `${root}${folder}`,
    mainEntryPointFilePath: `${root}${folder}/dist/${entry}.d.ts`,
    newlineKind: 'lf',
    apiReport: {
      enabled: true,
      reportFolder: `${root}${folder}/api`,
      reportTempFolder: `${root}node_modules/.cache/api/${basename(folder)}`,
      reportFileName: `${entry}.api.md`,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    compiler: {
      overrideTsconfig: {
        compilerOptions: { ...compilerOptions, skipLibCheck: true, types: ['node'] },
        include: [`${root}${folder}/dist/**/*.d.ts`],
      },
    },
    messages,
  };
}

async function report(folder: string, entry: string, fix: boolean): Promise<readonly string[]> {
  await mkdir(`${root}${folder}/api`, { recursive: true });
  const faults: string[] = [];
  const config = ExtractorConfig.prepare({
    configObject: configOf(folder, entry),
    configObjectFullPath: undefined,
    packageJsonFullPath: `${root}${folder}/package.json`,
  });
  const { succeeded, errorCount } = Extractor.invoke(config, {
    localBuild: fix,
    messageCallback: (message) => {
      const isFault =
        message.logLevel === ExtractorLogLevel.Error || message.logLevel === ExtractorLogLevel.Warning;
      if (isFault && message.category !== ExtractorMessageCategory.Console) faults.push(message.text);
      message.handled = true;
    },
  });
  if (succeeded || (fix && errorCount === 0)) return [];
  const where = `${folder}/api/${entry}.api.md`;
  return [
    ...faults.map((text) => `${where}: ${text}`),
    `${where} is out of date: npm run check -- api --fix`,
  ];
}

/** Compares the committed API reports with the built types, or with `fix` writes them. */
export async function runApiReports(fix: boolean): Promise<CheckEnd> {
  const faults: string[] = [];
  for (const folder of publicPackages) {
    for (const entry of entryPoints(folder)) faults.push(...(await report(folder, entry, fix)));
  }
  return { ok: faults.length === 0, output: faults.join('\n') };
}
