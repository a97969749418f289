import { Command, InvalidArgumentError } from 'commander';
import { terminal } from '../../../src-main/cli/console.ts';
import { EXIT } from '../../../src-main/cli/exit-codes.ts';
import type { ExitCode } from '../../../src-main/cli/exit-codes.ts';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { benchModel } from './bench-model.ts';
import type { BenchModelOptions } from './bench-model.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Asked twice, somebody does not want to wait.
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

let code: ExitCode = EXIT.done;
const command = new Command('bench:model')
  .description('Evaluates a model through the program on photographs with masks: docs/model-evaluation.md says how.')
  .option('--model <model>', 'the id of a model (see `maskwright models list`), or the folder of one; the built-in one when absent')
  .requiredOption('--data <folder>', 'COCO’s annotations (a file, or a folder with instances.json), or a folder of label maps: NAME.jpg with NAME.0.png')
  .option('--limit <n>', 'the first pictures only', wholeNumber)
  .option('--person <k>', 'label maps: whose segments, NAME.K.png, or "all"', (text) => (text === 'all' ? 'all' : wholeNumber(text)), 0)
  .option('--json', 'the figures as JSON, for programs')
  .action(async (options: BenchModelOptions) => {
    code = await benchModel(options, terminal, interruption.signal);
  });
try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof MaskwrightError)) throw error;
  process.stderr.write(`bench:model: ${error.message}\n`);
  code = interruption.signal.aborted ? EXIT.interrupted : EXIT.failed;
}
// A pipe may still hold what was written last.
process.stdout.write('', () => process.exit(code));
