import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { BrowserWindow } from 'electron';
import { clipboard, dialog, shell } from 'electron';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { checkedShellParams } from '../../../src-shared/contract/shell.ts';
import type { ShellCallName, ShellParams, ShellResult } from '../../../src-shared/contract/shell.ts';
import type { PageBeforeClosing } from './close-guard.ts';
import { setNativeMenu } from './native-menu.ts';
import type { Updates } from '../updates/updates.ts';

/** Where links of the program lead: licences and sources of models. */
const HOSTS: ReadonlySet<string> = new Set(['github.com', 'huggingface.co', 'www.apache.org', 'opensource.org', 'creativecommons.org']);

type Handlers = { readonly [N in ShellCallName]: (params: ShellParams<N>) => Promise<ShellResult<N>> };

/** Answers what a page asks of the shell. @param run the person chose that command from the menu. @param updates null where the program cannot update itself @param closing waits for the page's draft */
export function shellAnswers(window: BrowserWindow, run: (id: string, byKey: boolean) => void, updates: Updates | null, closing: PageBeforeClosing): (name: ShellCallName, params: unknown) => Promise<unknown> {
  const handlers: Handlers = {
    'shell.menu': async ({ groups }) => {
      setNativeMenu(groups, run);
      return {};
    },
    'shell.choose': async ({ kind, title, at, filters }) => {
      const start = { title, ...(at === null ? {} : { defaultPath: at }) };
      if (kind === 'save') {
        const { canceled, filePath } = await dialog.showSaveDialog(window, { ...start, filters, properties: ['createDirectory', 'showOverwriteConfirmation'] });
        return { path: canceled || filePath === '' ? null : filePath };
      }
      const { canceled, filePaths } = await dialog.showOpenDialog(window, { ...start, filters, properties: kind === 'folder' ? ['openDirectory', 'createDirectory'] : ['openFile'] });
      return { path: canceled ? null : (filePaths[0] ?? null) };
    },
    'shell.showInFolder': async ({ path }) => {
      const there = isAbsolute(path) && (await stat(path).catch(() => null)) !== null;
      if (!there) throw new MaskwrightError('not-found', `"${path}" is not there any more.`, path);
      shell.showItemInFolder(path);
      return {};
    },
    'shell.openLink': async ({ url }) => {
      if (!isAllowed(url)) throw new MaskwrightError('bad-request', `Maskwright does not open "${url}". Copy it into your browser if you trust it.`, url);
      await shell.openExternal(url);
      return {};
    },
    'shell.copy': async ({ text }) => {
      clipboard.writeText(text);
      return {};
    },
    'shell.draft': async ({ has }) => {
      closing.hasDraft(has);
      return {};
    },
    'shell.close': async () => {
      closing.close();
      return {};
    },
    'shell.update.state': async () => ({ state: updates?.state ?? null }),
    'shell.update.ask': async () => {
      await updates?.ask();
      return {};
    },
    'shell.update.download': async () => {
      updates?.download();
      return {};
    },
    'shell.update.cancel': async () => {
      updates?.cancel();
      return {};
    },
  };
  return (name, params) => (handlers[name] as (given: unknown) => Promise<unknown>)(checkedShellParams(name, params));
}

/** Only https, only these hosts, no user name that looks like a host, no port. */
export function isAllowed(link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { protocol, hostname, username, password, port } = new URL(link);
  return protocol === 'https:' && HOSTS.has(hostname) && username === '' && password === '' && port === '';
}
