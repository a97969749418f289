import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/panels.css';
import './styles/everything.css';
import './styles/review.css';
import './styles/dialogs.css';
import './styles/models.css';
import './styles/dataset.css';
import './styles/splits.css';
import './styles/check.css';
import './styles/plots.css';
import './styles/snapshots.css';
import './styles/help.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { App } from './app.tsx';
import { leaveKeysToInputMethods } from './commands/composition.ts';
import { startI18n } from './i18n/i18n.ts';
import { start } from './state/start.ts';

// zod compiles schemas with eval where it may; the page's content security policy says it may not.
z.config({ jitless: true });

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
// Before anything else listens.
leaveKeysToInputMethods();
await startI18n();
createRoot(root).render(<StrictMode><App /></StrictMode>);
await start();
