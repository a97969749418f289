import { create } from 'zustand';
import type { ModelId, Precision } from '../../src-shared/contract/models.ts';
import type { SnapshotRow } from '../../src-shared/contract/snapshots.ts';
import type { ClassId, ImageId, RootId } from '../../src-shared/domain/schema.ts';
import type { ImagePoint } from '../../src-shared/geometry/coordinates.ts';
import type { ToolId, Viewport } from '../canvas/types.ts';

export type DatasetTab = 'statistics' | 'check' | 'splits' | 'snapshots';

export type AboutTab = 'versions' | 'licences';

export type Dialog =
  | { readonly kind: 'open' }
  | { readonly kind: 'add-folder' }
  /** A folder of the project whose new place is to be chosen. */
  | { readonly kind: 'relocate'; readonly root: RootId; readonly path: string }
  /** Of the project as it is now, or of a snapshot. */
  | { readonly kind: 'export'; readonly snapshot?: SnapshotRow }
  /** With the file or folder that was dropped; else it is chosen there. */
  | { readonly kind: 'import-dataset'; readonly path?: string }
  | { readonly kind: 'palette' }
  | { readonly kind: 'help' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'about'; readonly tab: AboutTab }
  | { readonly kind: 'diagnostics' }
  | { readonly kind: 'delete-class'; readonly id: ClassId }
  /** A mask without a class is on the canvas of an image that is being left. */
  | { readonly kind: 'draft'; readonly image: ImageId }
  | { readonly kind: 'job'; readonly job: string }
  | { readonly kind: 'models' }
  | { readonly kind: 'replay' }
  | { readonly kind: 'dataset'; readonly tab: DatasetTab }
  | { readonly kind: 'download-model'; readonly model: ModelId; readonly precision?: Precision }
  /** With the files that were dropped; without any they are chosen there. */
  | { readonly kind: 'import-model'; readonly paths: readonly string[] };

/** What a class, once picked, is for; 'settle': for a draft whose image is being left. */
export type ClassPickerPurpose = 'accept' | 'settle' | 'take' | 'relabel' | 'activate';

interface UiState {
  readonly tool: ToolId;
  /** The last tool that draws, which N takes up again. */
  readonly lastDrawingTool: ToolId;
  /** The tool before this one, to which leaving it returns. */
  readonly toolBefore: ToolId;
  readonly dialog: Dialog | null;
  readonly classPicker: ClassPickerPurpose | null;
  /** The class whose name is being edited in the panel. */
  readonly renaming: ClassId | null;
  readonly viewport: Viewport | null;
  readonly pointer: ImagePoint | null;
}

export const useUi = create<UiState>(() => ({
  tool: 'smart-point',
  lastDrawingTool: 'smart-point',
  toolBefore: 'smart-point',
  dialog: null,
  classPicker: null,
  renaming: null,
  viewport: null,
  pointer: null,
}));

/** The tools that make something, which a read-only project has no use for. */
export const DRAWING_TOOLS: ReadonlySet<ToolId> = new Set<ToolId>(['smart-point', 'smart-box', 'everything', 'rectangle']);

export function setTool(tool: ToolId): void {
  useUi.setState(({ tool: toolBefore }) => ({ tool, ...(tool === toolBefore ? {} : { toolBefore }), ...(DRAWING_TOOLS.has(tool) ? { lastDrawingTool: tool } : {}) }));
}

export function showDialog(dialog: Dialog): void {
  useUi.setState({ dialog, classPicker: null });
}

export function closeDialog(): void {
  useUi.setState({ dialog: null });
}

export function showClassPicker(purpose: ClassPickerPurpose | null): void {
  useUi.setState({ classPicker: purpose });
}
