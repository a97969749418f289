import { Check } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

/**
 * Okabe and Ito's eight ("Color Universal Design", 2008; their black lightened, for it would vanish on dark pictures),
 * then Paul Tol's "bright" and "muted" schemes ("Colour Schemes", SRON/EPS/TN/09-002, 2021).
 */
const PALETTE = [
  '#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7', '#8c8c8c',
  '#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#bbbbbb', '#332288',
  '#88ccee', '#44aa99', '#117733', '#999933', '#ddcc77', '#cc6677', '#882255', '#aa4499',
] as const;

export function ColourPicker({ value, onChange }: { readonly value: string; readonly onChange: (colour: string) => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <div className="colours" role="group" aria-label={t('colour.palette')}>
        {PALETTE.map((colour) => (
          <button key={colour} type="button" className="colour" aria-label={t('colour.one', { colour })} aria-pressed={colour === value} style={{ background: colour }} onClick={() => onChange(colour)}>
            {colour === value && <Check size={14} color={isLight(colour) ? '#000' : '#fff'} />}
          </button>
        ))}
      </div>
      <label className="custom-colour">
        <input key={value} type="color" defaultValue={value} onBlur={(e) => e.target.value !== value && onChange(e.target.value)} />
        {t('colour.custom')}<span className="grow" /><span className="numeric">{value}</span>
      </label>
    </>
  );
}

/** Rec. 601 luma, enough to choose between a black and a white tick. */
function isLight(colour: string): boolean {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return 0.299 * (rgb >> 16) + 0.587 * ((rgb >> 8) & 255) + 0.114 * (rgb & 255) > 140;
}
