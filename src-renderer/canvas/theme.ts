/** The canvas' colours, read off CSS custom properties of the host so that the page's theme decides. */
export interface CanvasTheme {
  readonly background: string;
  readonly accent: string;
  readonly foregroundPoint: string;
  readonly backgroundPoint: string;
  readonly labelBackground: string;
  readonly labelText: string;
  readonly font: string;
}

const PROPERTIES: Record<keyof CanvasTheme, readonly [name: string, fallback: string]> = {
  background: ['--canvas-bg', '#0f1114'],
  accent: ['--accent', '#5b9dff'],
  foregroundPoint: ['--prompt-foreground', '#2f9e6c'],
  backgroundPoint: ['--prompt-background', '#e5484d'],
  labelBackground: ['--canvas-label-bg', 'rgba(20, 22, 26, 0.92)'],
  labelText: ['--canvas-label-text', '#f2f4f6'],
  font: ['--canvas-font', '500 12px Inter, "Inter Variable", system-ui, sans-serif'],
};

function readTheme(host: HTMLElement): CanvasTheme {
  const style = getComputedStyle(host);
  const read = (key: keyof CanvasTheme): string => style.getPropertyValue(PROPERTIES[key][0]).trim() || PROPERTIES[key][1];
  return {
    background: read('background'),
    accent: read('accent'),
    foregroundPoint: read('foregroundPoint'),
    backgroundPoint: read('backgroundPoint'),
    labelBackground: read('labelBackground'),
    labelText: read('labelText'),
    font: read('font'),
  };
}

/** Follows the theme: the system's scheme, and attributes (class, data-theme, style) of the root element. */
export function watchTheme(host: HTMLElement, changed: (theme: CanvasTheme) => void, signal: AbortSignal): CanvasTheme {
  const reread = (): void => changed(readTheme(host));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', reread, { signal });
  const observer = new MutationObserver(reread);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'style', 'data-theme'] });
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  return readTheme(host);
}
