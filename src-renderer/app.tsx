import { CSPProvider } from '@base-ui/react/csp-provider';
import { Tooltip } from '@base-ui/react/tooltip';
import { LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { CSSProperties, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listenToKeyboard } from './commands/keyboard.ts';
import { Splitter } from './components/splitter.tsx';
import { Dialogs } from './dialogs/dialogs.tsx';
import { Banners } from './panels/banners.tsx';
import { Classes } from './panels/classes.tsx';
import { EverythingPanel } from './panels/everything-panel.tsx';
import { ImagesPanel } from './panels/images-panel.tsx';
import { Instances } from './panels/instances.tsx';
import { ReviewPanel } from './panels/review-panel.tsx';
import { Stage } from './panels/stage.tsx';
import { StatusBar } from './panels/status-bar.tsx';
import { Toasts } from './panels/toasts.tsx';
import { ToolRail } from './panels/tool-rail.tsx';
import { TopBar } from './panels/top-bar.tsx';
import { Welcome } from './panels/welcome.tsx';
import { changeSettings, useApp } from './state/app-store.ts';
import { useImage } from './state/image-store.ts';
import { useList } from './state/list-store.ts';
import { useProject } from './state/project-store.ts';

const TOOLTIP_DELAY_MS = 500;
const PANEL = { min: 200, max: 480 } as const;

export function App(): ReactElement {
  const project = useProject((s) => s.info?.project);
  const opening = useProject((s) => s.opening);
  useTheme();
  useTitle();
  useEffect(listenToKeyboard, []);
  return (
    <CSPProvider disableStyleElements>
      <Tooltip.Provider delay={TOOLTIP_DELAY_MS}>
        {project !== undefined ? <Editor key={project} /> : opening !== null ? <Opening title={opening} /> : <Welcome />}
        <Dialogs />
        <Toasts />
      </Tooltip.Provider>
    </CSPProvider>
  );
}

function Editor(): ReactElement {
  const { t } = useTranslation();
  const stored = useApp((s) => s.settings?.panels);
  const [panels, setPanels] = useState(stored ?? { left: 248, right: 296 });
  const settle = (side: 'left' | 'right') => (width: number): void => changeSettings({ panels: { ...panels, [side]: width } });
  const widths = { '--left': `${panels.left}px`, '--right': `${panels.right}px` } as CSSProperties;
  return (
    <div className="shell" style={widths}>
      <TopBar />
      <Banners />
      <ImagesPanel />
      <Splitter side="left" label={t('panel.leftWidth')} width={panels.left} {...PANEL} onChange={(left) => setPanels({ ...panels, left })} onSettled={settle('left')} />
      <ToolRail />
      <Stage />
      <aside className="side-panel" aria-label={t('panel.objects')}>
        <EverythingPanel />
        <ReviewPanel />
        <Classes />
        <Instances />
      </aside>
      <Splitter side="right" label={t('panel.rightWidth')} width={panels.right} {...PANEL} onChange={(right) => setPanels({ ...panels, right })} onSettled={settle('right')} />
      <StatusBar />
    </div>
  );
}

function Opening({ title }: { readonly title: string }): ReactElement {
  const { t } = useTranslation();
  return <main className="opening" role="status"><LoaderCircle size={24} className="spin" />{t('welcome.opening', { title })}</main>;
}

function useTheme(): void {
  const theme = useApp((s) => s.settings?.theme ?? 'system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}

function useTitle(): void {
  const project = useProject((s) => s.info?.name);
  const image = useImage((s) => s.current);
  const name = useList((s) => (image === null ? undefined : s.rows.get(image)?.name));
  useEffect(() => {
    document.title = [name, project, 'Maskwright'].filter((part) => part !== undefined).join(' – ');
  }, [project, name]);
}
