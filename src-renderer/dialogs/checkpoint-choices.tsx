import { useEffect, useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { CheckpointLook, Preparation } from '../../src-shared/contract/models.ts';
import { SelectField } from '../components/select-field.tsx';
import { call } from '../state/backend.ts';

const PREPARATIONS: readonly Preparation[] = ['sam', 'medsam'];

export interface CheckpointChoice {
  /** Null: the only set there is. */
  readonly weights: string | null;
  /** Null: what is known of the file. */
  readonly preparation: Preparation | null;
}

/** What a checkpoint leaves open: null while that is not known or chosen. */
export interface CheckpointState {
  readonly look: CheckpointLook | null;
  readonly problem: string | null;
  readonly choice: CheckpointChoice;
  readonly ready: boolean;
  choose(change: Partial<CheckpointChoice>): void;
}

const NOTHING: CheckpointChoice = { weights: null, preparation: null };

/** Looks at a checkpoint when it is chosen. @param path null while none is */
export function useCheckpoint(path: string | null): CheckpointState {
  const [found, setFound] = useState<{ readonly path: string; readonly look: CheckpointLook | null; readonly problem: string | null } | null>(null);
  const [choice, setChoice] = useState(NOTHING);
  useEffect(() => {
    if (path === null) return undefined;
    let wanted = true;
    const tell = (look: CheckpointLook | null, problem: string | null): void => {
      if (!wanted) return;
      setFound({ path, look, problem });
      setChoice({ weights: null, preparation: look?.known === null ? look.suggested : null });
    };
    call('models.look', { path }).then((look) => tell(look, null), (error: unknown) => tell(null, toProblem(error).message));
    return () => {
      wanted = false;
    };
  }, [path]);
  const { look, problem } = found?.path === path ? found : { look: null, problem: null };
  const ready = look !== null && (look.weights.length < 2 || choice.weights !== null) && (look.known !== null || choice.preparation !== null);
  return { look, problem, choice, ready, choose: (change) => setChoice((before) => ({ ...before, ...change })) };
}

/** Asks for what the file does not say. */
export function CheckpointChoices({ state: { look, choice, choose } }: { readonly state: CheckpointState }): ReactElement | null {
  const { t } = useTranslation();
  if (look === null) return null;
  return (
    <>
      {look.weights.length > 1 && <SelectField label={t('import.weights')} value={choice.weights} choices={look.weights.map((name) => ({ value: name, title: name }))} onChange={(weights) => choose({ weights })} />}
      {look.known === null && <SelectField label={t('preparation.name')} detail={t('preparation.detail')} value={choice.preparation} choices={PREPARATIONS.map((value) => ({ value, title: t(`preparation.${value}`) }))} onChange={(preparation) => choose({ preparation })} />}
    </>
  );
}
