import { MaskwrightError } from '../../../src-shared/contract/errors.ts';

/** One piece of a pattern: text as it is, one character, digits, any text, or the group's name (any text but none). */
type Token = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'one' | 'digits' | 'any' | 'group' };

/** Longer paths than file systems have are not matched. */
const MOST_CHARACTERS = 4096;
const WILD = { '*': 'any', '?': 'one', '#': 'digits' } as const;

/**
 * A pattern of names (contract/splits.ts GroupPattern) as a function from a path to the group's name, or null where it does not
 * fit. No wildcard stands for a slash. Of several ways to fit, the one with the shortest texts, from left to right.
 *
 * There is no backtracking: for each token and place it is worked out once, from the end, whether the rest fits, which takes
 * at most (characters of the pattern) × (characters of the name) steps whatever the pattern. Throws 'bad-request' without one `{group}`.
 */
export function groupPattern(pattern: string): (path: string) => string | null {
  const tokens = tokensOf(pattern);
  if (tokens.filter(({ kind }) => kind === 'group').length !== 1) {
    throw new MaskwrightError('bad-request', `"${pattern}" names no group. Put {group} once where the group’s name stands, such as frame_{group}_*.`, pattern);
  }
  const whole = pattern.includes('/');
  return (path) => {
    if (path.length > MOST_CHARACTERS) return null;
    const name = whole ? path : path.slice(path.lastIndexOf('/') + 1);
    return capture(tokens, name);
  };
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  for (const piece of pattern.split(/(\{group\}|[*?#])/)) {
    const wild = WILD[piece as keyof typeof WILD];
    if (piece === '{group}') tokens.push({ kind: 'group' });
    else if (wild !== undefined) tokens.push({ kind: wild });
    else if (piece !== '') tokens.push({ kind: 'text', text: piece });
  }
  return tokens;
}

function capture(tokens: readonly Token[], name: string): string | null {
  const places = name.length + 1;
  // fits[t * places + i]: tokens from t on fit the name from i on.
  const fits = new Uint8Array((tokens.length + 1) * places);
  fits[tokens.length * places + name.length] = 1;
  for (let t = tokens.length - 1; t >= 0; t--) {
    const token = tokens[t] as Token;
    const rest = (t + 1) * places;
    for (let i = name.length; i >= 0; i--) {
      // What may go on for several characters either ends after this one or is as it was one place on.
      const on = repeats(token, name[i]) ? (fits[t * places + i + 1] ?? 0) | (fits[rest + i + 1] ?? 0) : 0;
      fits[t * places + i] = on | fitsOnce(token, name, i, fits, rest);
    }
  }
  if (fits[0] === 0) return null;
  let i = 0;
  for (const [t, token] of tokens.entries()) {
    const end = endOf(token, i, (to) => fits[(t + 1) * places + to] === 1);
    if (token.kind === 'group') return name.slice(i, end);
    i = end;
  }
  return null;
}

const repeats = ({ kind }: Token, character: string | undefined): boolean =>
  character !== undefined && character !== '/' && (kind === 'any' || kind === 'group' || (kind === 'digits' && character >= '0' && character <= '9'));

function fitsOnce(token: Token, name: string, i: number, fits: Uint8Array, rest: number): number {
  switch (token.kind) {
    case 'any': return fits[rest + i] ?? 0;
    case 'one': return i < name.length && name[i] !== '/' ? (fits[rest + i + 1] ?? 0) : 0;
    case 'text': return name.startsWith(token.text, i) ? (fits[rest + i + token.text.length] ?? 0) : 0;
    default: return 0;
  }
}

/** The nearest end of a token that begins at `from`, so that the rest fits. */
function endOf(token: Token, from: number, restFits: (to: number) => boolean): number {
  let to = token.kind === 'text' ? from + token.text.length : token.kind === 'any' ? from : from + 1;
  while (!restFits(to)) to++;
  return to;
}
