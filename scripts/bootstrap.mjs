// Sets up a checkout so that everything in it runs on a Node that satisfies `engines`, whatever Node is at hand.
//
// Plain JavaScript for any Node >= 18. Leaves behind, both ignored by git:
//   .node/bin/node   a link to the Node to run with: this one where it is new enough, else the registry's own package
//   node_modules/    from `npm ci`, run again only when the lock file changed
// Prints nothing when there is nothing to do. Every step can be interrupted and run again.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeFolder = join(root, '.node');
const nodeLink = join(nodeFolder, 'bin', 'node');
const NODE_PACKAGE_VERSION = '24';

try {
  ensureNode();
  ensureModules();
} catch (error) {
  process.stderr.write(`bulkhead: set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

function wanted() {
  const range = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  const [major, minor] = range.replace('>=', '').split('.').map(Number);
  return { major, minor };
}

function newEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const need = wanted();
  return major > need.major || (major === need.major && minor >= need.minor);
}

function linkedVersion() {
  if (!existsSync(nodeLink)) return undefined;
  try {
    return execFileSync(nodeLink, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function ensureNode() {
  const linked = existsSync(nodeLink) ? readlinkSync(nodeLink) : undefined;
  if (linked === process.execPath && newEnough(process.version)) return;
  if (newEnough(process.version)) return link(process.execPath);
  const version = linkedVersion();
  if (version !== undefined && newEnough(version)) return;
  const name = `node-${process.platform}-${process.arch}`;
  say(`Node ${process.version} is older than Bulkhead needs; fetching ${name}@${NODE_PACKAGE_VERSION} into .node/`);
  mkdirSync(nodeFolder, { recursive: true });
  writeFileSync(join(nodeFolder, 'package.json'), '{"private":true}\n');
  npm(
    ['install', '--prefix', nodeFolder, '--ignore-scripts', '--no-save', `${name}@${NODE_PACKAGE_VERSION}`],
    process.env.PATH,
  );
  link(join(nodeFolder, 'node_modules', name, 'bin', 'node'));
}

function link(target) {
  mkdirSync(dirname(nodeLink), { recursive: true });
  const fresh = `${nodeLink}.${process.pid}`;
  symlinkSync(target, fresh);
  renameSync(fresh, nodeLink);
}

function ensureModules() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const print = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.bulkhead-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
  say('installing the libraries of package-lock.json');
  npm(['ci', '--ignore-scripts'], `${dirname(nodeLink)}:${process.env.PATH}`);
  writeFileSync(stamp, print);
}

function npm(args, path) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  try {
    execFileSync('npm', [...args, ...quiet], {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    if (args[0] === 'ci') rmSync(join(root, 'node_modules', '.bulkhead-lock'), { force: true });
    throw new Error(`npm ${args[0]} did not succeed: ${String(error.stderr ?? error.message).trim()}`);
  }
}

function say(text) {
  process.stderr.write(`bulkhead: ${text}\n`);
}
