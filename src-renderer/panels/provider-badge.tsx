import { Popover } from '@base-ui/react/popover';
import { Check, CircleX, Cpu, LoaderCircle, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProviderReport } from '../../src-shared/contract/models.ts';
import type { SamStatus } from '../../src-shared/contract/types.ts';
import { useBelowDialogs } from '../components/below-dialogs.ts';
import { formatMs, formatShare, providerName } from '../components/model-words.ts';
import { tryProviders, useApp } from '../state/app-store.ts';
import { showDialog } from '../state/ui-store.ts';

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
  const reports = sam?.providers ?? [];
  /** Reasons stand in the table too; what a person should do something about is said in full. */
  const loud = state === 'failed' || state === 'fallback';
  const why = state === 'failed' ? sam?.problem?.message : sam?.reason;
  return (
    <Popover.Root {...useBelowDialogs()}>
      <Popover.Trigger openOnHover delay={350} className="provider" data-state={state} aria-label={[t('sam.badge'), text, why].filter(Boolean).join(': ')}>
        {ICONS[state]}<span className="ellipsis">{text}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={6} align="end">
          <Popover.Popup className="popup popover provider-card" data-state={state} aria-label={t('sam.badge')}>
            <dl>
              <dt>{t('sam.model')}</dt><dd>{sam?.wanted.name ?? '–'}</dd>
              <dt>{t('sam.hash')}</dt><dd className="numeric selectable">{sam?.model?.hash.slice(0, 12) ?? '–'}</dd>
              <dt>{t('sam.provider')}</dt><dd>{provider ?? '–'}</dd>
            </dl>
            {why != null && (loud || reports.length === 0) && <p>{why}</p>}
            {reports.length > 0 && <Providers reports={reports} />}
            {state !== 'starting' && reports.some((r) => r.verdict !== 'used' && r.provider !== 'cpu') && (
              <button type="button" className="button small" title={t('provider.againDetail')} onClick={() => void tryProviders()}>{t('provider.again')}</button>
            )}
            <button type="button" className="button small" onClick={() => showDialog({ kind: 'models' })}>{t('command.models')}</button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The self-test's figures, and for each provider that is not used the reason. */
function Providers({ reports }: { readonly reports: readonly ProviderReport[] }): ReactElement {
  const { t } = useTranslation();
  return (
    <table className="providers numeric">
      <thead><tr><th scope="col">{t('provider.name')}</th><th scope="col">{t('provider.encoder')}</th><th scope="col">{t('provider.decoder')}</th><th scope="col" title={t('provider.differenceDetail')}>{t('provider.difference')}</th></tr></thead>
      {reports.map((r) => (
        <tbody key={r.provider} data-verdict={r.verdict}>
          <tr>
            <th scope="row">{r.verdict === 'used' && <Check size={12} aria-label={t('provider.used')} />}{providerName(r.provider)}</th>
            <td>{r.encoderMs === null ? '–' : formatMs(r.encoderMs)}</td>
            <td>{r.decoderMs === null ? '–' : formatMs(r.decoderMs)}</td>
            <td>{r.difference === null ? '–' : formatShare(r.difference)}</td>
          </tr>
          {r.reason !== null && <tr><td colSpan={4}>{r.reason}</td></tr>}
        </tbody>
      ))}
    </table>
  );
}
