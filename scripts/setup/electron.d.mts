export declare function asksForWindow(words: readonly string[]): boolean;
export declare function fetchElectron(options?: { readonly again?: boolean }): boolean;
