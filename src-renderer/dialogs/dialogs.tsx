import type { ReactElement } from 'react';
import { useUi } from '../state/ui-store.ts';
import { AboutDialog } from './about-dialog.tsx';
import { CommandPalette } from './command-palette.tsx';
import { DatasetDialog } from './dataset/dataset-dialog.tsx';
import { DeleteClassDialog } from './delete-class-dialog.tsx';
import { DiagnosticsDialog } from './diagnostics-dialog.tsx';
import { DraftDialog } from './draft-dialog.tsx';
import { DownloadModelDialog } from './download-model-dialog.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { ImportDatasetDialog } from './import-dataset-dialog.tsx';
import { ImportModelDialog } from './import-model-dialog.tsx';
import { JobDialog } from './job-dialog.tsx';
import { ModelsDialog } from './models-dialog.tsx';
import { OpenDialog } from './open-dialog.tsx';
import { RelocateDialog } from './relocate-dialog.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { SettingsDialog } from './settings-dialog.tsx';

/** The dialog that is open, if any. */
export function Dialogs(): ReactElement | null {
  const dialog = useUi((s) => s.dialog);
  switch (dialog?.kind) {
    case 'open': return <OpenDialog key="open" add={false} />;
    case 'add-folder': return <OpenDialog key="add" add />;
    case 'relocate': return <RelocateDialog key={dialog.root} root={dialog.root} path={dialog.path} />;
    case 'export': return <ExportDialog snapshot={dialog.snapshot ?? null} />;
    case 'import-dataset': return <ImportDatasetDialog key={dialog.path ?? ''} path={dialog.path ?? null} />;
    case 'palette': return <CommandPalette />;
    case 'help': return <HelpDialog />;
    case 'settings': return <SettingsDialog />;
    case 'about': return <AboutDialog tab={dialog.tab} />;
    case 'diagnostics': return <DiagnosticsDialog />;
    case 'delete-class': return <DeleteClassDialog id={dialog.id} />;
    case 'draft': return <DraftDialog image={dialog.image} />;
    case 'job': return <JobDialog id={dialog.job} />;
    case 'models': return <ModelsDialog />;
    case 'dataset': return <DatasetDialog tab={dialog.tab} />;
    case 'replay': return <ReplayDialog />;
    case 'download-model': return <DownloadModelDialog key={dialog.model} id={dialog.model} {...(dialog.precision === undefined ? {} : { precision: dialog.precision })} />;
    case 'import-model': return <ImportModelDialog key={dialog.paths.join()} given={dialog.paths} />;
    default: return null;
  }
}
