export declare function findChrome(env?: NodeJS.ProcessEnv): string | null;
export declare function findOrInstallChrome(): string | null;
export declare function howToGetChrome(): string;
