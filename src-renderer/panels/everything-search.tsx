import { ChevronRight, LoaderCircle, ScanSearch } from 'lucide-react';
import { useState } from 'react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { command, runCommand } from '../commands/registry.ts';
import { formatCount, formatDuration } from '../components/format.ts';
import { keepFocus } from '../components/keep-focus.ts';
import { CommandKey } from '../components/keys.tsx';
import { Segments } from '../components/segments.tsx';
import { useApp } from '../state/app-store.ts';
import { estimateSearch } from '../state/automatic-estimate.ts';
import { searchOf, setWishes, useAutomatic } from '../state/automatic-store.ts';
import type { SearchWishes } from '../state/automatic-store.ts';
import { useImage } from '../state/image-store.ts';
import { usePrompt } from '../state/prompt-store.ts';

const DENSITIES = [16, 32, 64] as const;
const LAYERS = [0, 1, 2] as const;
const LARGEST_REGION = 100_000;

/** How to search. With finds on show already, `onBack` keeps them. */
export function EverythingSearch({ onBack }: { readonly onBack?: () => void }): ReactElement {
  const { t } = useTranslation();
  const wishes = useAutomatic((s) => s.wishes);
  const starting = useApp((s) => s.sam === null || s.sam.state === 'starting');
  const estimate = useEstimate();
  const [more, setMore] = useState(wishes.cropLayers > 0 || wishes.smallestRegion > 0);
  const chosen = estimate(wishes);
  return (
    <div className="everything-search">
      <p className="everything-lead">{t(onBack === undefined ? 'everything.lead' : 'everything.leadAgain')}</p>
      <div className="everything-field">
        <span>{t('everything.density')}</span>
        <Segments
          label={t('everything.density')} value={String(wishes.pointsPerSide)} onChange={(value) => setWishes({ pointsPerSide: Number(value) })}
          choices={DENSITIES.map((n) => {
            const { points, ms } = estimate({ ...wishes, pointsPerSide: n });
            return {
              value: String(n), title: t('everything.perSide', { n }), name: t('everything.perSideName', { n, points: formatCount(points) }),
              ...(ms === null ? {} : { detail: t('everything.about', { time: formatDuration(ms) }) }),
            };
          })}
        />
      </div>
      <button type="button" className="everything-more" aria-expanded={more} onMouseDown={keepFocus} onClick={() => setMore(!more)}><ChevronRight size={13} />{t('everything.more')}</button>
      {more && (
        <>
          <div className="everything-field">
            <span>{t('everything.crops')}</span>
            <Segments
              label={t('everything.crops')} value={String(wishes.cropLayers)} onChange={(value) => setWishes({ cropLayers: Number(value) })}
              choices={LAYERS.map((n) => ({ value: String(n), title: t(`everything.crops${n}`), name: t(`everything.crops${n}Name`) }))}
            />
          </div>
          <label className="everything-field row-field">
            <span>{t('everything.region')}</span>
            <input
              className="field numeric" type="number" min={0} max={LARGEST_REGION} step={10} value={wishes.smallestRegion}
              onChange={(e) => setWishes({ smallestRegion: Math.max(0, Math.min(LARGEST_REGION, Math.round(e.target.valueAsNumber || 0))) })}
            />
            <span>{t('everything.pixels')}</span>
          </label>
        </>
      )}
      <button type="button" className="button primary" disabled={starting} onMouseDown={keepFocus} onClick={() => runCommand(command('everything.find'))}>
        {starting ? <LoaderCircle size={14} className="spin" /> : <ScanSearch size={15} />}{starting ? t('sam.starting') : t('everything.find')}
      </button>
      {onBack !== undefined && <button type="button" className="button" onMouseDown={keepFocus} onClick={onBack}>{t('everything.keep')}</button>}
      <p className="everything-note numeric"><span className="grow">{t('everything.pointsInAll', { count: chosen.points, n: formatCount(chosen.points) })}</span><CommandKey id="everything.find" /></p>
    </div>
  );
}

/** How long a search would take, by what a prompt's decoding has taken here. */
function useEstimate(): (wishes: SearchWishes) => { points: number; ms: number | null } {
  const row = useImage((s) => s.open?.row);
  const sam = useApp((s) => s.sam);
  const prompted = usePrompt((s) => s.timings?.decoder ?? null);
  const used = sam?.providers.find((p) => p.verdict === 'used');
  return (wishes) => estimateSearch(searchOf(wishes), { width: row?.width ?? 1, height: row?.height ?? 1 }, { encoder: used?.encoderMs ?? null, decoder: used?.decoderMs ?? prompted });
}
