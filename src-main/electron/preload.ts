import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { type Bridge, CALL_CHANNEL, EVENT_CHANNEL } from '../../src-shared/contract/bridge.ts';
import type { Answer } from '../../src-shared/contract/wire.ts';

/** All that the page has of Electron. What crosses is checked by main, not here. */
const bridge: Bridge = {
  call: (name, params) => ipcRenderer.invoke(CALL_CHANNEL, name, params) as Promise<Answer>,
  on: (listener) => {
    const receive = (_event: unknown, name: string, data: unknown): void => listener(name, data);
    ipcRenderer.on(EVENT_CHANNEL, receive);
    return () => void ipcRenderer.off(EVENT_CHANNEL, receive);
  },
  pathOf: (file) => webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]),
};

contextBridge.exposeInMainWorld('maskwright', bridge);
