/** Makes the pages and parts of pages that come from data, or checks that they are up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { openKeyManager } from 'keyway';
import type { Capabilities } from 'keyway';
import { createCapabilities as createAwsKmsCapabilities } from '../providers/aws-kms/src/capabilities.ts';
import { createMaterialCapabilities } from '../providers/aws-kms/src/materials/material-capabilities.ts';
import { createCapabilities as createPkcs11Capabilities } from '../providers/pkcs11/src/capabilities.ts';
import { expectedFeatures } from '../providers/pkcs11/test/expected-features.ts';
import { algorithmTable } from './pages/algorithm-table.ts';
import { capabilityTables, operationTable } from './pages/capability-tables.ts';
import { caseListPage } from './pages/case-list.ts';
import { errorCodeTable } from './pages/error-code-table.ts';

const help = `Usage: node scripts/generate.ts [--check] [--help]

Writes the generated pages and parts of pages. With --check it writes nothing, and ends with 1 where one is out of date.
`;

/** Text that comes from data. Without a section it is the whole file; else what stands between the section's markers. */
interface GeneratedText {
  readonly file: string;
  readonly section?: string;
  readonly make: () => Promise<string> | string;
}

async function localCapabilities(): Promise<Capabilities> {
  await using vault = await openKeyManager('memory:');
  return vault.capabilities;
}

/**
 * What a token of a library can do: by what the probes find on it, which a test compares with the real one. No token is
 * needed here. The records are where they are by default, or have to be.
 */
function tokenCapabilities(library: 'softhsm2' | 'nss'): Capabilities {
  const atomic = !expectedFeatures[library]['data objects'].works;
  return createPkcs11Capabilities(expectedFeatures[library], { atomic, hardware: false, plainImport: false });
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** A file that is run, as code in a page. */
function codeOf(file: string): string {
  return `\`\`\`ts\n${readFileSync(root + file, 'utf8')}\`\`\``;
}

/** Everything that is generated. */
const generatedTexts: readonly GeneratedText[] = [
  { file: 'README.md', section: 'capabilities', make: async () => operationTable(await localCapabilities()) },
  {
    file: 'providers/local/README.md',
    section: 'capabilities',
    make: async () => operationTable(await localCapabilities()),
  },
  {
    file: 'docs/providers/local.md',
    section: 'capabilities',
    make: async () => capabilityTables(await localCapabilities()),
  },
  {
    file: 'providers/aws-kms/README.md',
    section: 'capabilities',
    make: () => operationTable(createAwsKmsCapabilities()),
  },
  {
    file: 'docs/providers/aws-kms.md',
    section: 'capabilities',
    make: () => capabilityTables(createAwsKmsCapabilities()),
  },
  {
    file: 'docs/providers/aws-kms.md',
    section: 'material-capabilities',
    make: () => capabilityTables(createMaterialCapabilities()),
  },
  {
    file: 'providers/pkcs11/README.md',
    section: 'capabilities',
    make: () => operationTable(tokenCapabilities('softhsm2')),
  },
  {
    file: 'docs/providers/pkcs11.md',
    section: 'softhsm2-capabilities',
    make: () => capabilityTables(tokenCapabilities('softhsm2')),
  },
  {
    file: 'docs/providers/pkcs11.md',
    section: 'nss-capabilities',
    make: () => capabilityTables(tokenCapabilities('nss')),
  },
  { file: 'conformance/README.md', section: 'example', make: () => codeOf('docs/test/tiny-driver.test.ts') },
  { file: 'docs/guide/errors.md', section: 'error-codes', make: errorCodeTable },
  { file: 'docs/guide/cryptography.md', section: 'algorithms', make: algorithmTable },
  { file: 'docs/implementing/conformance-cases.md', make: caseListPage },
];

/** A page with a section of it replaced. */
function withSection(page: string, section: string, text: string, file: string): string {
  const begin = `<!-- generated:${section} -->\n`;
  const end = '<!-- /generated -->';
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no section ${section}`);
  return `${page.slice(0, from + begin.length)}\n${text}\n\n${page.slice(to)}`;
}

function present(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Brings every generated text up to date, or with `check` only looks. Gives the files that were not. */
async function generate(check: boolean): Promise<readonly string[]> {
  const outdated: string[] = [];
  for (const { file, section, make } of generatedTexts) {
    const before = present(root + file);
    const text = await make();
    const after = section === undefined ? text : withSection(before, section, text, file);
    if (after === before) continue;
    outdated.push(file);
    if (!check) writeFileSync(root + file, after);
  }
  return outdated;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { check: flag, help: flag } });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const outdated = await generate(values.check);
  for (const file of outdated)
    process.stderr.write(`generate: ${file} ${values.check ? 'is out of date' : 'written'}\n`);
  if (values.check && outdated.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
