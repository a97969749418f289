import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { CHECK_RULES, RuleId, Severity } from '../../../src-shared/contract/check.ts';
import type { CheckResults } from '../../../src-shared/contract/check.ts';
import { formatCount } from '../../components/format.ts';
import { moveBetweenRows } from '../../components/row-keys.ts';
import { setRule, switchRule, useCheck } from '../../state/check-store.ts';

const HEADS = { error: 'check.errors', warning: 'check.warnings', info: 'check.hints' } as const;
export const SEVERITY_ICONS = { error: CircleAlert, warning: TriangleAlert, info: Info } as const;

/** The rules by how bad what they find is, each with what it found; the box says whether the next check looks for it. */
export function CheckRules({ results, rule }: { readonly results: CheckResults | null; readonly rule: RuleId | null }): ReactElement {
  const { t } = useTranslation();
  return (
    <nav className="check-rules" aria-label={t('check.rules')} onKeyDown={moveBetweenRows}>
      {Severity.options.map((severity) => (
        <section key={severity} aria-label={t(HEADS[severity])}>
          <h3>{t(HEADS[severity])}</h3>
          <ul>{RuleId.options.filter((id) => CHECK_RULES[id].severity === severity).map((id) => <Rule key={id} id={id} total={results?.rules.find((one) => one.rule === id)?.total ?? null} current={id === rule} />)}</ul>
        </section>
      ))}
    </nav>
  );
}

function Rule({ id, total, current }: { readonly id: RuleId; readonly total: number | null; readonly current: boolean }): ReactElement {
  const { t } = useTranslation();
  const on = useCheck((s) => s.options[id] !== undefined);
  const Icon = SEVERITY_ICONS[CHECK_RULES[id].severity];
  const name = t(`check.rule.${id}.name`);
  return (
    <li className="row check-rule" {...(current ? { 'data-on': '' } : {})} {...(on ? {} : { 'data-off': '' })}>
      <input type="checkbox" checked={on} aria-label={t('check.on', { name })} title={t('check.on', { name })} onChange={(event) => switchRule(id, event.target.checked)} />
      <button type="button" className="row-main" data-row aria-pressed={current} onClick={() => setRule(id)}>
        <span className="ellipsis">{name}</span>
        {total !== null && (total === 0 ? <span className="faint numeric">0</span> : <span className={`check-count numeric ${CHECK_RULES[id].severity}`}><Icon size={12} />{formatCount(total)}</span>)}
      </button>
    </li>
  );
}
