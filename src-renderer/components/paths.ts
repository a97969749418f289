/** Paths as the program's machine writes them: with / or, on Windows, with \. */
const separatorOf = (path: string): '/' | '\\' => (path.includes('\\') && !path.includes('/') ? '\\' : '/');

/** The folder a path lies in. A root is its own parent. */
export function parentPath(path: string): string {
  const separator = separatorOf(path);
  const at = path.replace(/[/\\]+$/, '').lastIndexOf(separator);
  if (at < 0) return path;
  // "/" and "C:\" keep their separator: without it they mean something else.
  const parent = path.slice(0, at);
  return parent === '' || /^[A-Za-z]:$/.test(parent) ? parent + separator : parent;
}

export function joinPath(folder: string, name: string): string {
  const separator = separatorOf(folder);
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}

export function fileName(path: string): string {
  return path.replace(/[/\\]+$/, '').split(/[/\\]/).pop() ?? path;
}
