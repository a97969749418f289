import { t } from 'i18next';
import { receiveSam, refreshRecent, refreshSam } from './app-store.ts';
import { fetchCandidates } from './automatic-store.ts';
import { watchAutomatic } from './automatic-watch.ts';
import { backend } from './backend.ts';
import { announceRepaired, refreshCheck, watchCheck } from './check-store.ts';
import { applyEdit } from './edits.ts';
import { announceExported } from './exported.ts';
import { forgetAhead, refreshImage, useImage } from './image-store.ts';
import { loadJobs, receiveJob } from './jobs-store.ts';
import { refreshIds, refreshRows, resetPrepared, setPrepared, useList } from './list-store.ts';
import { announceInstalled, refreshModels } from './models-store.ts';
import { notify, notifyError } from './notices-store.ts';
import { projectHandle, refreshInfo, useProject } from './project-store.ts';
import { rememberProject } from './remembered.ts';
import { askAnew, cancelPrompt, forgetPromptAnswers, retryPrompt, usePrompt } from './prompt-store.ts';
import { announceReplayed, refreshProposals, watchReplay } from './replay-store.ts';
import { goTo, openPath, showFirst } from './session.ts';
import { watchStatistics } from './statistics-store.ts';
import { watchSnapshots } from './snapshots-store.ts';
import { watchSplits } from './splits-store.ts';
import { setTool } from './ui-store.ts';

/** Keeps the stores in step with main, which may be changed from another window too. */
export function listen(): void {
  const contract = backend();
  watchAutomatic();
  watchReplay();
  watchSplits();
  watchSnapshots();
  watchCheck();
  watchStatistics();
  contract.on('project.edited', ({ project, edit }) => void applyEdit(project, edit));
  contract.on('images.changed', ({ project, ids }) => {
    if (project !== projectHandle()) return;
    refreshInfo();
    if (ids === null) {
      // The list grew; what was in it is as it was.
      refreshIds();
      return;
    }
    forgetAhead(ids);
    refreshRows(ids);
    const { current } = useImage.getState();
    if (current !== null && ids.includes(current)) refreshImage();
  });
  contract.on('image.prepared', ({ project, image, state }) => {
    if (project === projectHandle()) setPrepared(image, state);
  });
  contract.on('sam.status', (sam) => {
    // Other projects may use other models.
    const used = useProject.getState().info?.model.id ?? sam.wanted.id;
    if (sam.wanted.id === used) receiveSam(sam);
  });
  contract.on('project.model', ({ project, model }) => {
    if (project !== projectHandle()) return;
    resetPrepared();
    useProject.setState(({ info }) => (info === null ? {} : { info: { ...info, model } }));
    // The same clicks, put to the other model once it is known what it takes.
    forgetPromptAnswers();
    refreshSam().then(retryPrompt).catch(notifyError);
  });
  contract.on('models.changed', refreshModels);
  contract.on('job', (job) => {
    receiveJob(job);
    void announceInstalled(job);
    void announceReplayed(job);
    announceRepaired(job);
    announceExported(job);
  });
  contract.on('project.readOnly', ({ project, code, message }) => {
    if (project === projectHandle()) {
      if (usePrompt.getState().session !== null) notify({ level: 'warning', message: t('draft.readOnly') });
      cancelPrompt();
      setTool('select');
    }
    useProject.setState(({ info }) => (info === null || info.project !== project ? {} : { info: { ...info, readOnly: { code, message, item: info.name } } }));
  });
  contract.on('project.warnings', ({ project, path, warnings }) => {
    if (project !== projectHandle()) return;
    rememberProject(path);
    useProject.setState(({ info }) => (info === null ? {} : { info: { ...info, path, warnings } }));
    refreshInfo();
  });
  contract.on('notice', ({ level, code, message, item }) => notify({ level, code, message, item }));

  // The first images of a folder that was empty, or still being read, when its project was opened.
  useList.subscribe(({ ids }, before) => {
    const { info } = useProject.getState();
    if (ids !== before.ids && ids !== null && info !== null) void showFirst(info);
  });
}

/** After the connection was lost: whatever was missed is asked for again, and a project that main has let go is reopened. */
export async function resume(): Promise<void> {
  await Promise.all([refreshRecent(), loadJobs()]).catch(notifyError);
  refreshModels();
  const { info } = useProject.getState();
  if (info === null) {
    await refreshSam().catch(notifyError);
    return;
  }
  const { current } = useImage.getState();
  try {
    await backend().call('project.info', { project: info.project });
  } catch {
    const { session } = usePrompt.getState();
    cancelPrompt();
    if (!(await openPath(info.path, info.name))) return;
    if (current !== null) goTo(current);
    if (useImage.getState().current === session?.image) askAnew(session);
    return;
  }
  refreshSam().catch(notifyError);
  forgetAhead(null);
  refreshInfo();
  refreshIds();
  refreshRows(null);
  refreshImage();
  refreshProposals();
  refreshCheck();
  await fetchCandidates();
}
