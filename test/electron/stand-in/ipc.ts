export type IpcHandler = (event: { sender: unknown; senderFrame: { url: string } | null }, ...args: unknown[]) => unknown;

export const ipcHandlers = new Map<string, IpcHandler>();

export const ipcMain = {
  handle: (channel: string, handler: IpcHandler): void => {
    if (ipcHandlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    ipcHandlers.set(channel, handler);
  },
  removeHandler: (channel: string): void => void ipcHandlers.delete(channel),
};
