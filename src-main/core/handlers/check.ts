import type { Checks } from '../checks.ts';
import type { OpenProjects } from '../open-projects.ts';
import type { HandlersOf } from '../router.ts';

/** Calls that look a project over, list what was found, and put it right. */
export function checkHandlers(projects: OpenProjects, checks: Checks): HandlersOf<'check'> {
  return {
    'check.start': ({ project, options }) => ({ job: checks.start(projects.get(project), options) }),
    'check.results': ({ project }) => checks.results(projects.get(project).handle),
    'check.findings': ({ project, rule, text, offset, limit }) => checks.findings(projects.get(project), rule, text, offset, limit),
    'check.repair': ({ project, rule, findings }) => ({ job: checks.repair(projects.get(project), rule, findings) }),
  };
}
