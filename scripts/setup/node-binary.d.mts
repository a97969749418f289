interface System {
  readonly platform: string;
  readonly arch: string;
}

export declare const nodePackages: Readonly<Record<string, string>>;
export declare function isNewEnough(version: string): boolean;
export declare function packagedNode(root: string, system?: System): string | null;
export declare function isSameFile(one: string, other: string): boolean;
