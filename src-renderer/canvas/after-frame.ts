/**
 * Calls back once the frame being painted is out, unless `signal` is aborted by then.
 * To be called while painting (in an animation frame): a message is handled only after the frame has been handed on.
 */
export function afterFrame(call: () => void, signal: AbortSignal): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener(
    'message',
    () => {
      port1.close();
      if (!signal.aborted) call();
    },
    { once: true },
  );
  port1.start();
  port2.postMessage(null);
}
