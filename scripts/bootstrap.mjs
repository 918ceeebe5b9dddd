// Prepares the workspace on any Node from 18 on: installs the pinned packages, the workspace's own Node among them.
// When nothing has changed since the last run it only compares a stamp. All output goes to stderr.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.cache', 'keyway-bootstrap');
const workspaceNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const wantedNode = 'v24.';
/** Headers for native builds: those of the workspace's Node, and before it is there those beside the Node that runs. */
const headers = [
  join(root, 'node_modules', 'node', 'node_modules', `node-${process.platform}-${process.arch}`),
  dirname(dirname(process.execPath)),
];

function fail(message) {
  process.stderr.write(`bootstrap: ${message}\n`);
  process.exit(1);
}

function read(file) {
  const path = join(root, file);
  if (!existsSync(path)) fail(`${file} is missing`);
  return readFileSync(path, 'utf8');
}

const { packageManager } = JSON.parse(read('package.json'));

/** What decides what is installed. The manifests' dependencies are in the lock file. */
function stamp() {
  const parts = [packageManager, read('pnpm-lock.yaml'), read('pnpm-workspace.yaml')];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

const wanted = stamp();
const current = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
if (current !== wanted || !existsSync(workspaceNode)) {
  const [major] = process.versions.node.split('.');
  if (Number(major) < 18) fail(`Node 18 or newer is needed to begin with; this is ${process.version}`);
  process.stderr.write(`bootstrap: installing packages with ${packageManager}\n`);
  // npm hands its own settings down as environment variables; `loglevel` would silence the installer too.
  const manage = (command) => {
    const npm_config_nodedir = headers.find((folder) =>
      existsSync(join(folder, 'include', 'node', 'common.gypi')),
    );
    const env = { ...process.env, npm_config_loglevel: 'warn', npm_config_nodedir };
    const whole = `npx --yes ${packageManager} ${command}`;
    return spawnSync(whole, { cwd: root, env, shell: true, stdio: ['ignore', 2, 2] }).status === 0;
  };
  if (!manage('install --frozen-lockfile')) fail('the installation failed');
  // The binding of PKCS#11 is optional: where the first try found no headers, the workspace's Node has them now.
  const binding = join(
    root,
    'providers',
    'pkcs11',
    'node_modules',
    'pkcs11js',
    'build',
    'Release',
    'pkcs11.node',
  );
  if (!existsSync(binding) && (!manage('rebuild pkcs11js') || !existsSync(binding))) {
    process.stderr.write(
      'bootstrap: no C++ compiler, so PKCS#11 tokens cannot be opened here; all else works\n',
    );
  }
  const version = spawnSync(workspaceNode, ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (!version.stdout?.startsWith(wantedNode)) fail(`the workspace's Node should be ${wantedNode}x`);
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
}
