import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** The shape or provenance of one instance that cannot be read. The rest of the project is none the worse. */
export class DamagedShape extends MaskwrightError {
  readonly why: string;

  /** @param why continues "object 7 is damaged: …" */
  constructor(of: string, why: string, options?: ErrorOptions) {
    super('project-damaged', `${of} is damaged: ${why}. It is left as it is; delete it and label it again, or go back to an older copy of the project.`, of, options);
    this.why = why;
  }
}
