import { changeLanguage, t } from 'i18next';
import { fileName } from '../components/paths.ts';
import { loadApp, refreshRecent, refreshSam, useApp } from './app-store.ts';
import { setBackend } from './backend.ts';
import { followCoachMarks } from './coach-marks.ts';
import { takeDrops } from './drops.ts';
import { useEdits } from './edits.ts';
import { listen, resume } from './events.ts';
import { loadJobs } from './jobs-store.ts';
import { refreshModels } from './models-store.ts';
import { notifyError } from './notices-store.ts';
import { settleDraft } from './leave-draft.ts';
import { usePrompt } from './prompt-store.ts';
import { useProject } from './project-store.ts';
import { rememberedProject } from './remembered.ts';
import { openPath, openSample } from './session.ts';
import { callShell, hasShell, onShell } from './shell.ts';
import { connectContract } from './transport.ts';
import { watchUpdates } from './updates-store.ts';
import { showNativeMenu } from '../commands/native-menu.ts';

/** Connects the page with the program and opens the project that was open here, or the one the program names. */
export async function start(): Promise<void> {
  takeDrops();
  askBeforeLosing();
  useProject.setState({ opening: 'Maskwright' });
  const connection = await connectContract().catch(() => null);
  if (connection === null) {
    useApp.setState({ connection: 'refused' });
    useProject.setState({ opening: null });
    return;
  }
  setBackend(connection);
  connection.onConnection((state) => {
    useApp.setState({ connection: state });
    if (state === 'open') resume().catch(notifyError);
  });
  listen();
  followCoachMarks();
  showNativeMenu();
  watchUpdates();
  onShell('shell.open', ({ path: opened }) => void openPath(opened, fileName(opened)));
  try {
    const info = await loadApp();
    await changeLanguage(info.settings.language);
    void Promise.all([refreshSam(), refreshRecent(), loadJobs()]).catch(notifyError);
    refreshModels();
    const path = rememberedProject() ?? info.initialProject;
    if (path !== null) await openPath(path, fileName(path));
    else if (info.firstStart) await openSample(t('welcome.sampleName'));
  } catch (error) {
    notifyError(error);
  } finally {
    useProject.setState({ opening: null });
  }
}

/** Closing the window would lose what the disk has not taken yet, or a mask on the canvas: the browser asks first, a desktop window waits. */
function askBeforeLosing(): void {
  window.addEventListener('beforeunload', (event) => {
    const draft = usePrompt.getState().session !== null;
    if (draft || useEdits.getState().kept.length > 0) event.preventDefault();
    if (draft) leaveWindow().catch(notifyError);
  });
  if (!hasShell()) return;
  usePrompt.subscribe(({ session }, before) => {
    if ((session === null) !== (before.session === null)) callShell('shell.draft', { has: session !== null }).catch(notifyError);
  });
}

async function leaveWindow(): Promise<void> {
  if ((await settleDraft()) && hasShell()) await callShell('shell.close', {});
}
