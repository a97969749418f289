import i18next, { t } from 'i18next';
import type { ModelRow } from '../../src-shared/contract/models.ts';
import type { Job } from '../../src-shared/contract/types.ts';
import { formatCount, formatDuration } from './format.ts';

/** Names of onnxruntime's execution providers as people know them. */
const PROVIDERS: Readonly<Record<string, string>> = { cpu: 'CPU', cuda: 'CUDA', tensorrt: 'TensorRT', dml: 'DirectML', webgpu: 'WebGPU', coreml: 'Core ML' };

export const providerName = (id: string): string => PROVIDERS[id.toLowerCase().replace(/executionprovider$/, '')] ?? id;

/** Of a file or download, as file managers count: 1 MB is a million bytes. */
export function formatBytes(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? (['gigabyte', 1e9] as const) : bytes >= 1e6 ? (['megabyte', 1e6] as const) : (['kilobyte', 1e3] as const);
  return new Intl.NumberFormat(i18next.language, { style: 'unit', unit, maximumFractionDigits: unit === 'gigabyte' ? 1 : 0 }).format(bytes / size);
}

/** A measured time: milliseconds below a second, seconds above. */
export const formatMs = (ms: number): string => (ms < 1000 ? t('time.ms', { n: ms < 10 ? ms.toFixed(1) : Math.round(ms) }) : t('time.seconds', { n: (ms / 1000).toFixed(1) }));

/** A share of one as percent, in two figures; the least are all alike. */
export const formatShare = (share: number): string => t('status.percent', { n: share < 0.0001 ? '< 0.01' : Number((share * 100).toPrecision(2)) });

/** Known families in words; another's name as the model has it. */
export const familyName = (family: string): string => (i18next.exists(`family.${family}`) ? t(`family.${family}`) : family);

export const speedWords = ({ speed }: ModelRow): string =>
  speed === null ? t('models.notMeasured') : t('models.speed', { encoder: formatMs(speed.encoderMs), decoder: formatMs(speed.decoderMs), provider: providerName(speed.provider) });

/** How well masks agree with those of full precision; null where there is nothing to say. */
export const agreementWords = ({ agreement }: ModelRow): string | null =>
  agreement === null ? null : t('models.agreement', { iou: agreement.iou.toFixed(2), count: agreement.pictures });

/** How far a job is: models are counted in bytes, which say less than their share. */
export function progressWords({ kind, done, total, etaMs }: Job): string {
  const inBytes = kind === 'model-import' || kind === 'model-download';
  const progress = total === null ? (inBytes ? '' : formatCount(done))
    : inBytes ? t('status.percent', { n: total === 0 ? 0 : Math.floor((done / total) * 100) })
      : t('job.of', { done: formatCount(done), total: formatCount(total) });
  return [progress, etaMs === null ? '' : t('job.left', { time: formatDuration(etaMs) })].filter((part) => part !== '').join(' · ');
}
