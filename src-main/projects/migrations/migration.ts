/** One step of the schema: from the version before to `version`. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}
