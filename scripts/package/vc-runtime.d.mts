export function findVcRuntime(arch: string, env?: NodeJS.ProcessEnv): { readonly folder: string; readonly version: string | null } | null;
