export interface SystemHere {
  readonly platform: string;
  readonly glibc: string | null;
}

export declare function neededGlibc(root: string): string;
export declare function systemHere(): SystemHere;
export declare function unsupportedSystem(root: string, system?: SystemHere): string | null;
