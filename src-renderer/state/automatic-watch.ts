import { useApp } from './app-store.ts';
import { fetchCandidates, findEverything, forgetTaking, refreshShown, runningSearch, turnTo, useAutomatic } from './automatic-store.ts';
import { backend } from './backend.ts';
import { useEdits } from './edits.ts';
import { useImage } from './image-store.ts';
import { cancelJob, useJobs } from './jobs-store.ts';
import { isReadOnly, projectHandle, useProject } from './project-store.ts';
import { useUi } from './ui-store.ts';

/** Keeps everything mode in step with the image on show while its tool is in hand. Nothing is fetched for other tools. */
export function watchAutomatic(): void {
  useUi.subscribe(({ tool }, before) => {
    if (tool === before.tool) return;
    follow();
    searchWhenWished();
  });
  useImage.subscribe((state, before) => {
    if (state.current !== before.current) follow();
    if (state.instances !== before.instances && useAutomatic.getState().candidates !== null) refreshShown();
    if (state.painted !== before.painted) searchWhenWished();
  });
  useAutomatic.subscribe((state, before) => {
    if (state.known !== before.known || state.onEachImage !== before.onEachImage) searchWhenWished();
  });
  useApp.subscribe(({ sam }, before) => {
    if (sam?.state !== before.sam?.state) searchWhenWished();
  });
  useEdits.subscribe(({ kept }, before) => {
    if (kept.length === 0 && before.kept.length > 0) forgetTaking();
  });
  useProject.subscribe(({ info }, before) => {
    if (info?.project !== before.info?.project) useAutomatic.setState({ unwanted: new Map() });
    // Another model finds other things.
    if (info?.project === before.info?.project && info?.model.id !== before.info?.model.id) void fetchCandidates();
  });
  // Its pixels may be others now.
  backend().on('images.changed', ({ project, ids }) => {
    const { image } = useAutomatic.getState();
    if (project === projectHandle() && image !== null && ids?.includes(image) === true) void fetchCandidates();
  });
  backend().on('automatic.changed', ({ project, image }) => {
    if (project === projectHandle() && image === useAutomatic.getState().image) void fetchCandidates();
  });
}

function follow(): void {
  const { current } = useImage.getState();
  const { image } = useAutomatic.getState();
  // With another tool in hand, what was fetched stays as long as its image is on show.
  const wanted = useUi.getState().tool === 'everything' || image === current ? current : null;
  if (wanted === image) return;
  giveUpWaiting();
  turnTo(wanted);
  void fetchCandidates();
}

/** Whoever leafs through images that are searched by themselves does not mean those passed by: what has not begun is not begun. */
function giveUpWaiting(): void {
  const { onEachImage, image } = useAutomatic.getState();
  const search = onEachImage ? runningSearch(useJobs.getState().jobs.values(), image) : null;
  if (search !== null && search.done === 0) cancelJob(search.job);
}

/** Searches the image on show when the person wants that of each, and it has not been searched. */
function searchWhenWished(): void {
  const { onEachImage, known, candidates, image, starting } = useAutomatic.getState();
  const { painted } = useImage.getState();
  if (!onEachImage || !known || candidates !== null || starting || image === null || painted !== image || isReadOnly()) return;
  if (useUi.getState().tool !== 'everything' || useApp.getState().sam?.state !== 'ready') return;
  if (runningSearch(useJobs.getState().jobs.values(), image) === null) void findEverything();
}
