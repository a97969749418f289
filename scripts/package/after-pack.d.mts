/** The newest versions that any binary asks of the system. */
export function complete(resources: string, arch: string, env?: NodeJS.ProcessEnv): Record<string, string>;
