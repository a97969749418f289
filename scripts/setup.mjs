import { give, root } from './setup/common.mjs';
import { dependenciesAreCurrent, installDependencies } from './setup/dependencies.mjs';
import { isNewEnough, isSameFile, nameNode, packagedNode } from './setup/node-binary.mjs';
import { runInstead } from './setup/run-instead.mjs';
import { unsupportedSystem } from './setup/system.mjs';

const oldestForSetup = [20, 19];

/** Set for a process that was started in place of another, which is done once at most. */
const RESTARTED = 'MASKWRIGHT_RESTARTED';

/**
 * Makes node_modules complete, then sees to it that the script `entry` runs under the Node binary of node_modules, or where
 * npm has none for this system, under the machine's own if that is new enough.
 * Returns in that process; in any other it starts it, waits for its end, and does not return.
 */
export async function setUp(entry) {
  const restarted = process.env[RESTARTED] !== undefined;
  delete process.env[RESTARTED];
  const unsupported = restarted ? null : (unsupportedRuntime(process.versions) ?? unsupportedSystem(root));
  if (unsupported !== null) give(unsupported);
  const replaced = !dependenciesAreCurrent() && installDependencies();
  nameNode(root);
  const node = packagedNode(root);
  if (node !== null && !replaced && isSameFile(process.execPath, node)) return;
  if (node !== null && !restarted) await runInstead(node, [entry, ...process.argv.slice(2)], { [RESTARTED]: '1' });
  if (isNewEnough(process.versions.node)) return;
  give(
    node === null
      ? `npm has no Node for ${process.platform} on ${process.arch} here, and this one (${process.versions.node}) is too old. Get Node 24 or newer at https://nodejs.org, then start again.`
      : `${node} was to run Maskwright, but Node ${process.versions.node} at ${process.execPath} did. Delete the folder node_modules and start again.`,
  );
}

function unsupportedRuntime({ node, bun, deno, pnp }) {
  if (bun !== undefined || deno !== undefined) return `Maskwright runs on Node, not on ${bun === undefined ? 'Deno' : 'Bun'}. Start it with: npm start`;
  if (pnp !== undefined) return "Maskwright does not run under Yarn's Plug'n'Play. Start it with: npm start";
  const [major, minor] = node.split('.').map(Number);
  if (major > oldestForSetup[0] || (major === oldestForSetup[0] && minor >= oldestForSetup[1])) return null;
  return `Maskwright needs Node ${oldestForSetup.join('.')} or newer to set itself up; this is Node ${node}. Get a newer one at https://nodejs.org.`;
}
