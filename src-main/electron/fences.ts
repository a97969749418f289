import type { Session, WebContents } from 'electron';
import { app } from 'electron';
import { PAGE_ORIGIN } from './page-protocol.ts';

/** What no page gets, whatever it is and however it came to be. Must be called before the first window. docs/security.md lists it all. */
export function fencePages(): void {
  app.on('web-contents-created', (_event, contents) => fenceContents(contents));
  // Unless prevented Electron answers with the first certificate that the system has.
  app.on('select-client-certificate', (event, _contents, _url, _certificates, choose) => {
    event.preventDefault();
    choose();
  });
}

/** It stays on the page that the shell loads into it and opens nothing beside. */
function fenceContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // A dropped file, a link, a redirect, a frame.
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  // No policy of a page keeps WebRTC from sending to any address; without a proxy there is now no way for it.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}

/** No permission, no device, no download, and no request but to the program itself: also where the policy of the page had a hole. */
export function fenceSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // It fetches dictionaries.
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isOurs(url, !app.isPackaged) }));
}

/** Whether a page may ask for that address. @param development then the developer tools, too, are a page */
export function isOurs(address: string, development: boolean): boolean {
  return address.startsWith(`${PAGE_ORIGIN}/`) || address.startsWith(`blob:${PAGE_ORIGIN}/`) || (development && address.startsWith('devtools://'));
}
