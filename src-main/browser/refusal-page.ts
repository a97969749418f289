/** A page for the person whose browser was refused. `message` is one of ours: nothing of the request goes into it. */
export function refusalPage(message: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Maskwright</title>
<h1>Maskwright</h1>
<p>${message}</p>
</html>
`;
}
