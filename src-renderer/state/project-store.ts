import { t } from 'i18next';
import { create } from 'zustand';
import type { ClassWithCount, ProjectHandle, ProjectInfo } from '../../src-shared/contract/types.ts';
import type { ClassId } from '../../src-shared/domain/schema.ts';
import { call } from './backend.ts';
import { coalesced } from './coalesced.ts';
import { notifyError } from './notices-store.ts';
import { infoWithPending } from './pending-edits.ts';

interface ProjectState {
  readonly info: ProjectInfo | null;
  /** A sentence about what is being opened, while it is. */
  readonly opening: string | null;
  readonly activeClass: ClassId | null;
}

export const useProject = create<ProjectState>(() => ({ info: null, opening: null, activeClass: null }));

export function projectHandle(): ProjectHandle | null {
  return useProject.getState().info?.project ?? null;
}

const NO_CLASSES: readonly ClassWithCount[] = [];
export function classes(): readonly ClassWithCount[] {
  return useProject.getState().info?.classes ?? NO_CLASSES;
}

export function classById(id: ClassId | null): ClassWithCount | null {
  return classes().find((c) => c.id === id) ?? null;
}

/** The class's name as a person reads it, also for what has none. */
export const className = (id: ClassId | null): string => classById(id)?.name ?? t('class.none');

export function setActiveClass(id: ClassId | null): void {
  useProject.setState({ activeClass: id });
}

/** True where edits are refused: no project, or one that cannot be written. */
export function isReadOnly(): boolean {
  const { info } = useProject.getState();
  return info === null || info.readOnly !== null;
}

/** Puts newer facts about the project on show, unless another project was opened meanwhile. */
export function receiveInfo(stored: ProjectInfo): void {
  if (projectHandle() !== stored.project) return;
  const info = infoWithPending(stored);
  const { activeClass } = useProject.getState();
  const stillThere = info.classes.some((c) => c.id === activeClass);
  useProject.setState({ info, activeClass: stillThere ? activeClass : null });
}

export const refreshInfo = coalesced(async () => {
  const project = projectHandle();
  if (project === null) return;
  receiveInfo(await call('project.info', { project }));
}, 60, notifyError);
