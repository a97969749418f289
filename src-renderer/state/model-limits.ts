import { t } from 'i18next';
import type { ModelLimits } from '../../src-shared/contract/models.ts';
import type { SamPrompt, SamStatus } from '../../src-shared/contract/types.ts';
import type { Box, PromptPoint } from '../../src-shared/domain/schema.ts';
import { useApp } from './app-store.ts';
import { notify } from './notices-store.ts';

/** What is asked about. */
interface Asked {
  readonly points: readonly PromptPoint[];
  readonly box: Box | null;
}

/** What the project's model cannot be asked; null while it is not loaded, and then nothing is held back. */
export const limitsOf = (sam: SamStatus | null): ModelLimits | null => sam?.model?.limits ?? null;
export const currentLimits = (): ModelLimits | null => limitsOf(useApp.getState().sam);

/** Why a prompt is more than the model takes; null when it is not. A box counts as the two points of its corners, as models take it. */
export function beyond(limits: ModelLimits | null, { points, box }: Asked): 'background' | 'box' | 'points' | null {
  if (limits === null) return null;
  if (!limits.backgroundPoints && points.some((p) => p.label === 0)) return 'background';
  if (!limits.box && box !== null) return 'box';
  return limits.maxPoints !== null && points.length + (box === null ? 0 : 2) > limits.maxPoints ? 'points' : null;
}

/** The prompt as the model can be asked it: without what it would have no input for. */
export function within(limits: ModelLimits | null, prompt: SamPrompt): SamPrompt {
  if (limits === null) return prompt;
  return { ...prompt, previous: limits.maskInput ? prompt.previous : null, multimask: prompt.multimask && limits.multimask };
}

/** Whether the model takes this prompt; if not, a person is told why nothing happens. */
export function allows(prompt: Asked): boolean {
  const { sam } = useApp.getState();
  const limits = limitsOf(sam);
  const what = beyond(limits, prompt);
  if (what === null) return true;
  notify({ level: 'info', message: t(`limit.${what}`, { model: sam?.model?.name ?? '', count: limits?.maxPoints ?? 0 }) });
  return false;
}
