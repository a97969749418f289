import { projectStatistics } from '../dataset-statistics.ts';
import type { DatasetsEngine } from '../dataset-export.ts';
import type { Events } from '../events.ts';
import type { OnePerClient } from '../one-per-client.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that count a project. One count at a time for each client: who asks again, or goes away, no longer waits for the first. */
export function statisticsHandlers(projects: OpenProjects, counts: OnePerClient, engine: DatasetsEngine, events: Events): HandlersOf<'statistics'> {
  return {
    'statistics.compute': ({ project }, client) => {
      const { store } = projects.get(project);
      return counts.run(client, (signal) => projectStatistics(store, engine, signal, (done, total) => events.emit('statistics.progress', { project, done, total })));
    },
    'statistics.cancel': (_, client) => {
      counts.drop(client);
      return {};
    },
  };
}
