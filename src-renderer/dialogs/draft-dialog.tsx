import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageId } from '../../src-shared/domain/schema.ts';
import { Modal } from '../components/modal.tsx';
import { answerDraft, chooseClassOfDraft } from '../state/leave-draft.ts';
import { useList } from '../state/list-store.ts';
import { closeDialog } from '../state/ui-store.ts';

const end = (answer: 'discard' | 'stay'): void => {
  answerDraft(answer);
  closeDialog();
};

/** A mask without a class would be lost by leaving its image. */
export function DraftDialog({ image }: { readonly image: ImageId }): ReactElement {
  const { t } = useTranslation();
  const name = useList((s) => s.rows.get(image)?.name ?? '');
  return (
    <Modal
      title={t('draft.title')} size="narrow" onClose={() => end('stay')}
      footer={
        <>
          <button type="button" className="button danger" onClick={() => end('discard')}>{t('draft.discard')}</button>
          <span className="grow" />
          <button type="button" className="button" onClick={() => end('stay')}>{t('draft.stay')}</button>
          <button type="button" className="button primary" data-autofocus onClick={chooseClassOfDraft}>{t('draft.choose')}</button>
        </>
      }
    >
      <p>{t('draft.detail', { name })}</p>
    </Modal>
  );
}
