/** Gives a person a text to keep as a file: a browser puts it among the downloads, a window asks where. */
export function saveText(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replaceAll(/[/\\:*?"<>|]/g, '_');
  link.click();
  // The download has its own hold of the data once it has begun, which is not at once.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
