/** What this page remembers for itself between loads. A browser may refuse storage; then it simply forgets. */
function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, value);
  } catch {
    // Storage full or refused: nothing depends on it.
  }
}

const PROJECT = 'maskwright.project';
const imageKey = (projectPath: string): string => `maskwright.image:${projectPath}`;

/** The project this tab had open: a reload returns to it, whatever other tabs show. */
export const rememberedProject = (): string | null => read(() => sessionStorage, PROJECT);
export const rememberProject = (path: string | null): void => write(() => sessionStorage, PROJECT, path);

/** The image a project was left at. */
export const rememberedImage = (projectPath: string): number | null => {
  const id = Number(read(() => localStorage, imageKey(projectPath)));
  return Number.isInteger(id) && id > 0 ? id : null;
};
export const rememberImage = (projectPath: string, image: number): void => write(() => localStorage, imageKey(projectPath), String(image));

const formatKey = (projectPath: string): string => `maskwright.format:${projectPath}`;

/** The format a project was last exported as. */
export const rememberedFormat = (projectPath: string): string | null => read(() => localStorage, formatKey(projectPath));
export const rememberFormat = (projectPath: string, format: string): void => write(() => localStorage, formatKey(projectPath), format);
