import { cpus, freemem, homedir, hostname, totalmem, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../../src-shared/contract/types.ts';
import { Redactor } from '../../../src-shared/text/redact.ts';
import type { ModelLibrary } from '../../models/library.ts';
import { DiskCache } from '../../sam/disk-cache.ts';
import type { CoreOptions } from '../core-api.ts';
import { diagnosticsText } from '../diagnostics.ts';
import type { JsonFile } from '../json-file.ts';
import { lastLogLines } from '../log.ts';
import type { OpenProject, OpenProjects } from '../open-projects.ts';
import { appRoot, cacheDir } from '../places.ts';
import type { Predictors } from '../predictors.ts';
import type { RecentProjects } from '../recent.ts';
import type { Handlers } from '../router.ts';
import { versions } from '../versions.ts';

const LOG_LINES = 200;
/** Of a larger project the log's names of images are found by their looks alone: looking for each would keep main standing. */
const MOST_NAMES = 5000;
const CACHES = ['pictures', 'embeddings', 'candidates'] as const;

export interface HelpServices {
  readonly options: CoreOptions;
  readonly projects: OpenProjects;
  readonly predictors: Predictors;
  readonly library: ModelLibrary;
  readonly recent: RecentProjects;
  readonly settings: JsonFile<typeof Settings>;
}

/** Calls that help a person to say what runs here, and what went wrong. */
export function helpHandlers({ options, projects, predictors, library, recent, settings }: HelpServices): Pick<Handlers, 'app.versions' | 'app.diagnostics'> {
  const { dataDir, host, resources } = options;
  return {
    'app.versions': () => versions(resources.version, dataDir),
    'app.diagnostics': async ({ project }) => {
      const opened = project === null ? null : projects.get(project);
      const sam = predictors.status(opened);
      const names = [...projects.list().flatMap(namesIn), ...(await recent.list()).flatMap(({ path, name }) => [path, name]), dataDir, cacheDir()];
      const redactor = new Redactor({ home: homedir(), program: appRoot(), user: userInfo().username, host: hostname(), names });
      const processors = cpus();
      const known = [library.builtIn.entry.id, ...library.downloads.map(({ id }) => id)];
      const sizes = await Promise.all(CACHES.map(async (name) => [name, await new DiskCache(join(cacheDir(), name), Number.POSITIVE_INFINITY).size()] as const));
      const text = diagnosticsText(
        {
          versions: versions(resources.version, dataDir),
          host,
          processor: `${processors[0]?.model ?? '–'}, ${processors.length} cores`,
          memory: { total: totalmem(), free: freemem(), program: process.memoryUsage.rss() },
          sam,
          publicModel: known.includes(sam.wanted.id),
          settings: await settings.read(),
          caches: Object.fromEntries(sizes),
          project: opened === null ? null : infoOf(opened),
          log: lastLogLines(dataDir, LOG_LINES),
        },
        (outside) => redactor.redact(outside),
      );
      return { text };
    },
  };
}

/** Whatever in a project has a name that a log may hold. */
function namesIn({ store }: OpenProject): string[] {
  try {
    const { path, name, roots, classes } = store.info();
    const ids = store.imageIds({ name: '', status: 'all' });
    const images = ids.length > MOST_NAMES ? [] : store.imageRows([...ids]).flatMap((row) => [row.path, row.name]);
    return [path, name, ...roots.map((root) => root.path), ...classes.map((one) => one.name), ...images];
  } catch {
    // Of a damaged one; then too there is something to report.
    return [store.path];
  }
}

/** Null of one that is too damaged to be counted. */
function infoOf({ store }: OpenProject): ReturnType<OpenProject['store']['info']> | null {
  try {
    return store.info();
  } catch {
    return null;
  }
}
