import { Popover } from '@base-ui/react/popover';
import { CircleX, Cpu, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { SamStatus } from '../../src-shared/contract/types.ts';
import { useApp } from '../state/app-store.ts';

/** Names of onnxruntime's execution providers as people know them. */
const PROVIDERS: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'CUDA', tensorrt: 'TensorRT', dml: 'DirectML', webgpu: 'WebGPU', coreml: 'Core ML' };

export const providerName = (id: string): string => PROVIDERS[id.toLowerCase().replace(/executionprovider$/, '')] ?? id;

type BadgeState = 'starting' | 'ready' | 'plain' | 'fallback' | 'failed';

function badgeState(sam: SamStatus | null): BadgeState {
  if (sam === null || sam.state === 'starting') return 'starting';
  if (sam.state === 'failed') return 'failed';
  if (sam.fallback) return 'fallback';
  // The CPU of a machine that has nothing better is neither good news nor bad.
  return sam.provider === 'cpu' ? 'plain' : 'ready';
}

const ICONS = {
  starting: <LoaderCircle size={12} className="spin" />,
  ready: <i />,
  plain: <Cpu size={13} />,
  fallback: <TriangleAlert size={13} />,
  failed: <CircleX size={13} />,
} as const;

/** Which model runs on what. A fallback is said in colour, shape and words; press for the whole story. */
export function ProviderBadge(): ReactElement {
  const { t } = useTranslation();
  const sam = useApp((s) => s.sam);
  const state = badgeState(sam);
  const provider = sam?.provider === null || sam?.provider === undefined ? null : providerName(sam.provider);
  const text = state === 'starting' ? t('sam.starting') : state === 'failed' ? t('sam.failed') : [sam?.model?.name, provider].filter(Boolean).join(' · ');
  const why = state === 'failed' ? sam?.problem?.message : sam?.reason;
  return (
    <Popover.Root>
      <Popover.Trigger openOnHover delay={350} className="provider" data-state={state} aria-label={[t('sam.badge'), text, why].filter(Boolean).join(': ')}>
        {ICONS[state]}<span className="ellipsis">{text}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={6} align="end">
          <Popover.Popup className="popup popover" aria-label={t('sam.badge')}>
            <dl className="provider-card" data-state={state}>
              <dt>{t('sam.model')}</dt><dd>{sam?.model?.name ?? '–'}</dd>
              <dt>{t('sam.hash')}</dt><dd className="numeric selectable">{sam?.model?.hash.slice(0, 12) ?? '–'}</dd>
              <dt>{t('sam.provider')}</dt><dd>{provider ?? '–'}</dd>
              {why !== null && why !== undefined && <p>{why}</p>}
            </dl>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
