import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { ModelLimits } from '../../src-shared/contract/models.ts';
import type { Params } from '../../src-shared/contract/contract.ts';
import { imagePoint } from '../../src-shared/geometry/coordinates.ts';
import { startI18n } from '../i18n/i18n.ts';
import { receiveSam, useApp } from './app-store.ts';
import { beyond, within } from './model-limits.ts';
import { useNotices } from './notices-store.ts';
import { currentStep } from './prompt-session.ts';
import { promptBox, promptPoint, usePrompt } from './prompt-store.ts';
import { openPage } from './test-contract.ts';
import type { Called } from './test-contract.ts';
import { setTool, useUi } from './ui-store.ts';

const ALL: ModelLimits = { multimask: true, backgroundPoints: true, box: true, maskInput: true, maxPoints: null };
const BOX = { x: 0, y: 0, width: 10, height: 10 };
const point = (label: 0 | 1): { x: number; y: number; label: 0 | 1 } => ({ x: 1, y: 1, label });

const works = (limits: ModelLimits): void =>
  receiveSam({ state: 'ready', wanted: { id: 'esam', name: 'EfficientSAM' }, model: { id: 'esam', name: 'EfficientSAM', hash: 'h', limits }, provider: 'cpu', reason: null, fallback: false, providers: [], problem: null });

let called: Called[];
const asked = (): Params<'sam.predict'>['prompt'][] => called.filter((c) => c.name === 'sam.predict').map((c) => (c.params as Params<'sam.predict'>).prompt);
const said = (): string[] => useNotices.getState().notices.map((n) => n.message);

beforeAll(startI18n);
beforeEach(() => {
  // Predictions never come: only what is asked matters.
  called = openPage(() => new Promise(() => undefined));
  useApp.setState({ sam: null });
});

it('a model whose limits are not known yet is asked everything', () => {
  expect(beyond(null, { points: [point(0)], box: BOX })).toBeNull();
  promptPoint(imagePoint(1, 1), 1);
  promptPoint(imagePoint(50, 50), 0);
  expect(asked().at(-1)?.points).toHaveLength(2);
});

it('background points are not asked of a model that takes none, and a person is told by its name', () => {
  works({ ...ALL, backgroundPoints: false });
  promptPoint(imagePoint(1, 1), 1);
  promptPoint(imagePoint(50, 50), 0);
  expect(asked()).toHaveLength(1);
  expect(usePrompt.getState().session?.steps).toHaveLength(1);
  expect(said()).toEqual([expect.stringContaining('EfficientSAM')]);
});

it('no more points than the model takes are placed; a box counts as two', () => {
  works({ ...ALL, maxPoints: 3 });
  for (const x of [10, 40, 70, 100]) promptPoint(imagePoint(x, 5), 1);
  const { session } = usePrompt.getState();
  expect(session === null ? [] : currentStep(session).points).toHaveLength(3);
  expect(said()).toEqual([expect.stringContaining('3')]);
  expect(beyond({ ...ALL, maxPoints: 3 }, { points: [point(1)], box: BOX })).toBeNull();
  expect(beyond({ ...ALL, maxPoints: 3 }, { points: [point(1), point(1)], box: BOX })).toBe('points');
});

it('without boxes, the smart box is put down and draws nothing', () => {
  setTool('smart-box');
  works({ ...ALL, box: false });
  expect(useUi.getState().tool).toBe('smart-point');
  promptBox(BOX);
  expect(asked()).toEqual([]);
  expect(usePrompt.getState().session).toBeNull();
});

it('a prompt is asked without what the model has no input for', () => {
  const prompt = { points: [point(1)], box: null, previous: { prediction: 'p', candidate: 1 }, multimask: true };
  expect(within(ALL, prompt)).toEqual(prompt);
  expect(within({ ...ALL, maskInput: false, multimask: false }, prompt)).toEqual({ ...prompt, previous: null, multimask: false });
});
