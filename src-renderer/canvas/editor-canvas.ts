import { imagePoint, screenPoint, type ImagePoint, type ScreenPoint } from '../../src-shared/geometry/coordinates.ts';
import type { Box, ImageId } from '../../src-shared/domain/schema.ts';
import { afterFrame } from './after-frame.ts';
import { CandidateLayer } from './candidate-layer.ts';
import { moveCrosshair, panIntoSight, pixelCentre } from './crosshair.ts';
import type { Frame } from './frame.ts';
import { hitTest } from './hit-test.ts';
import { ImageLayer } from './image-layer.ts';
import { InteractionLayer } from './interaction-layer.ts';
import { MaskLayer } from './mask-layer.ts';
import { PointerController, type PointerTarget } from './pointer.ts';
import { Stage } from './stage.ts';
import { watchTheme, type CanvasTheme } from './theme.ts';
import { dragPan } from './tools/hand.ts';
import type { Gathering, PointerAt, RubberBand, Tool, ToolContext } from './tools/tool.ts';
import { createTools } from './tools/tools.ts';
import type { CanvasEvents, CanvasImage, CreateEditorCanvas, Draft, EditorCanvas, Scene, ToolId, Viewport } from './types.ts';
import { deviceTransform, fillBoxView, fitBoxView, fitView, panBy, sameSize, sameView, toImage, zoomAt, type Size } from './viewport.ts';

export const createEditorCanvas: CreateEditorCanvas = (host, events) => new Editor(host, events);

type LayerName = 'image' | 'masks' | 'interaction';

const NOTHING: Scene = {
  image: null, instances: [], looks: new Map(), selection: new Set(), hovered: null, hidden: new Set(), draft: null, overlay: null, outline: null, tool: 'select', readOnly: false, backgroundPoints: true,
};
const NO_IDS: ReadonlySet<number> = new Set();

class Editor implements EditorCanvas {
  readonly #events: CanvasEvents;
  readonly #life = new AbortController();
  readonly #stage: Stage;
  readonly #images: ImageLayer;
  readonly #masks: MaskLayer;
  readonly #candidates: CandidateLayer;
  readonly #interaction: InteractionLayer;
  readonly #pointer: PointerController;
  readonly #tools: Readonly<Record<ToolId, Tool>>;
  #theme: CanvasTheme;
  /** What should be shown, and what is: the old image stays until the new one can be painted. */
  #wanted: Scene = NOTHING;
  #shown: Scene = NOTHING;
  #view: Viewport = { zoom: 1, centre: imagePoint(0, 0) };
  #announcedView: Viewport | null = null;
  /** The view is as fit() left it, so a resized canvas fits again. */
  #fitted = true;
  #panning = false;
  #band: RubberBand | null = null;
  #gathering: Gathering | null = null;
  #hoverAt: PointerAt | null = null;
  #crosshair: ImagePoint | null = null;
  #frame = 0;
  readonly #dirty: Record<LayerName, boolean> = { image: true, masks: true, interaction: true };
  /** The masks on the screen are those of instances before. */
  #instancesChanged = false;
  /** A draft just accepted, kept in sight until its instance has been painted: nothing flickers. */
  #leaving: Draft | null = null;
  #toAnnounce: ImageId | null = null;
  #failed: string | null = null;
  #masksBroken = false;
  #toldOfMasks: string | null = null;

  constructor(host: HTMLElement, events: CanvasEvents) {
    this.#events = events;
    if (!host.hasAttribute('role')) host.setAttribute('role', 'application');
    if (!host.hasAttribute('aria-label')) host.setAttribute('aria-label', 'Image canvas');
    if (!host.hasAttribute('tabindex')) host.tabIndex = 0;
    const { signal } = this.#life;
    this.#theme = watchTheme(host, (theme) => this.#retheme(theme), signal);
    this.#stage = new Stage(host, () => this.#resized(), signal);
    this.#images = new ImageLayer(() => this.#pictureArrived());
    const masksChanged = (): void => this.#invalidate('masks');
    const masksBroke = (): void => {
      this.#masksBroken = true;
      this.#tellOfMasks();
    };
    this.#masks = new MaskLayer(masksChanged, masksBroke);
    this.#candidates = new CandidateLayer(masksChanged, masksBroke);
    this.#interaction = new InteractionLayer(host);
    const context = this.#toolContext();
    this.#tools = createTools(context);
    this.#pointer = new PointerController(this.#stage.top, this.#pointerTarget(context), signal);
    this.#stage.top.addEventListener('pointerdown', () => host.focus({ preventScroll: true }), { signal });
    const pointed = (event: PointerEvent): void => {
      // Browsers report a move also when the page moved under a resting pointer.
      if (event.type === 'pointerdown' || event.movementX !== 0 || event.movementY !== 0) this.#hideCrosshair();
    };
    this.#stage.top.addEventListener('pointerdown', pointed, { signal });
    this.#stage.top.addEventListener('pointermove', pointed, { signal });
    this.#invalidate('image', 'masks', 'interaction');
  }

  update(scene: Scene): void {
    const before = this.#wanted.tool;
    this.#wanted = scene;
    if (scene.tool !== before) {
      this.#pointer.cancel();
      this.#hideCrosshair();
    }
    this.#advance();
    // Last, because the page may answer with another update.
    if (scene.tool !== before) this.#tools[before].hover?.(null);
    this.#showCursor();
    this.#tellOfMasks();
  }

  fit(): void {
    if (!this.#shown.image) return;
    this.#setView(fitView(this.#stage.size, this.#imageSize()));
    this.#fitted = true;
  }

  zoomTo(zoom: number, at: ScreenPoint = this.#middle()): void {
    if (this.#shown.image) this.#setView(zoomAt(this.#view, this.#stage.size, this.#imageSize(), zoom, at));
  }

  zoomBy(factor: number, at: ScreenPoint = this.#middle()): void {
    this.zoomTo(this.#view.zoom * factor, at);
  }

  fitBox(box: Box): void {
    if (this.#shown.image) this.#setView(fitBoxView(this.#stage.size, this.#imageSize(), box));
  }

  bringIntoSight(box: Box): void {
    if (this.#shown.image) this.#panTo(imagePoint(box.x + box.width / 2, box.y + box.height / 2));
  }

  #panTo(at: ImagePoint): void {
    const pan = panIntoSight(this.#view, this.#stage.size, at);
    if (pan.x !== 0 || pan.y !== 0) this.#setView(panBy(this.#view, this.#stage.size, this.#imageSize(), pan.x, pan.y));
  }

  setPanning(on: boolean): void {
    this.#panning = on;
    this.#showCursor();
    this.#invalidate('interaction');
  }

  get crosshair(): ImagePoint | null {
    return this.#crosshair;
  }

  moveCrosshair(dx: number, dy: number): void {
    if (!this.#shown.image || !sameImage(this.#shown.image, this.#wanted.image)) return;
    const from = this.#crosshair ?? pixelCentre(this.#hoverAt?.inside ? this.#hoverAt.image : this.#view.centre, this.#imageSize());
    const at = moveCrosshair(from, this.#imageSize(), this.#view.zoom, dx, dy);
    this.#crosshair = at;
    this.#panTo(at);
    this.#events.pointer(imagePoint(Math.floor(at.x), Math.floor(at.y)));
    this.#invalidate('interaction');
  }

  preload(images: readonly CanvasImage[]): void {
    this.#images.preload(this.#wanted.image, images);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#life.abort();
    this.#images.destroy();
    this.#masks.destroy();
    this.#candidates.destroy();
    this.#interaction.destroy();
  }

  /** Shows what is wanted as soon as its picture is there. */
  #advance(): void {
    const { image } = this.#wanted;
    if (!image || sameImage(image, this.#shown.image) || this.#images.ready(image)) {
      this.#show(this.#wanted);
      return;
    }
    const failure = this.#images.failure(image);
    if (failure !== null) {
      this.#show({ ...this.#wanted, image: null, instances: [], draft: null, overlay: null, outline: null });
      if (this.#failed !== keyOf(image)) {
        this.#failed = keyOf(image);
        this.#events.failed(image.image, failure);
      }
      return;
    }
    // Until then the old image stays, without what belonged to working on it.
    this.#show({ ...this.#shown, draft: null, overlay: null, outline: null, selection: NOTHING.selection, hovered: null, tool: this.#wanted.tool, readOnly: this.#wanted.readOnly });
  }

  #show(scene: Scene): void {
    const old = this.#shown;
    this.#shown = scene;
    const otherPicture = !sameImage(scene.image, old.image);
    if (otherPicture) {
      this.#pointer.cancel();
      this.#hoverAt = null;
      this.#hideCrosshair();
      this.#leaving = null;
      this.#toAnnounce = scene.image?.image ?? null;
      if (scene.image) this.#failed = null;
      // A new version of the same image keeps the view; another image is fitted.
      if (scene.image && (scene.image.image !== old.image?.image || !sameSize(scene.image.pyramid, old.image.pyramid))) this.fit();
      this.#invalidate('image', 'masks', 'interaction');
    }
    const otherImage = scene.image?.image !== old.image?.image;
    this.#masks.update(scene, otherImage);
    this.#candidates.update(scene.overlay, this.#gathering?.ids ?? NO_IDS, otherImage);
    if (scene.overlay !== old.overlay) this.#invalidate('masks', 'interaction');
    if (scene.outline !== old.outline) this.#invalidate('interaction');
    if (scene.instances !== old.instances) this.#instancesChanged = true;
    if (scene.instances !== old.instances || scene.looks !== old.looks || scene.hidden !== old.hidden) this.#invalidate('masks', 'interaction');
    if (scene.selection !== old.selection || scene.hovered !== old.hovered) this.#invalidate('masks', 'interaction');
    if (scene.draft !== old.draft) this.#showDraft(scene, old);
    if (scene.tool !== old.tool) this.#invalidate('interaction');
  }

  /** A new candidate is drawn at once, not in the next animation frame: the browser shows it up to a frame sooner. */
  #showDraft(scene: Scene, old: Scene): void {
    const accepted = old.draft?.logits && !scene.draft && sameImage(scene.image, old.image) && !this.#masks.settled;
    this.#leaving = accepted ? { ...old.draft, points: [], box: null, busy: false } : null;
    const fresh = scene.draft?.logits && scene.draft.logits !== old.draft?.logits;
    if (!fresh || this.#dirty.image) {
      this.#invalidate('interaction');
      if (!fresh) return;
    }
    this.#paintInteraction();
    queueMicrotask(() => {
      if (!this.#life.signal.aborted) this.#events.draftPainted();
    });
  }

  #hideCrosshair(): void {
    if (!this.#crosshair) return;
    this.#crosshair = null;
    this.#events.pointer(null);
    this.#invalidate('interaction');
  }

  #pictureArrived(): void {
    if (this.#wanted !== this.#shown) this.#advance();
    this.#invalidate('image');
  }

  /** Once for each image: that masks cannot be drawn may be known before there is one, and holds for those that follow. */
  #tellOfMasks(): void {
    const { image } = this.#wanted;
    if (!this.#masksBroken || !image || keyOf(image) === this.#toldOfMasks) return;
    this.#toldOfMasks = keyOf(image);
    this.#events.failed(image.image, 'The masks of this image cannot be drawn. They are safe: close the window and open it again.');
  }

  #resized(): void {
    if (this.#fitted) this.fit();
    else this.#setView(panBy(this.#view, this.#stage.size, this.#imageSize(), 0, 0));
    // The canvases are empty now: painted in this same frame, so that nothing flickers.
    Object.assign(this.#dirty, { image: true, masks: true, interaction: true });
    this.#paint();
  }

  #retheme(theme: CanvasTheme): void {
    this.#theme = theme;
    this.#invalidate('image', 'interaction');
  }

  #setView(view: Viewport): void {
    this.#fitted = false;
    if (sameView(view, this.#view)) return;
    this.#view = view;
    this.#invalidate('image', 'masks', 'interaction');
  }

  #invalidate(...layers: LayerName[]): void {
    for (const layer of layers) this.#dirty[layer] = true;
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#paint();
      });
    }
  }

  #paint(): void {
    const { device, ratio } = this.#stage;
    const transform = this.#transform();
    if (this.#dirty.image) {
      this.#dirty.image = false;
      this.#images.paint(this.#stage.image, this.#shown.image, transform, device, ratio, this.#theme.background);
      this.#announcePicture();
    }
    if (this.#dirty.masks) {
      this.#dirty.masks = false;
      this.#stage.masks.clearRect(0, 0, device.width, device.height);
      this.#masks.paint(this.#stage.masks, transform, device, ratio);
      this.#candidates.paint(this.#stage.masks, transform, device, ratio);
      if (this.#instancesChanged && this.#masks.settled) {
        this.#instancesChanged = false;
        this.#events.instancesPainted();
      }
      if (this.#leaving && this.#masks.settled) {
        this.#leaving = null;
        this.#dirty.interaction = true;
      }
    }
    if (this.#dirty.interaction) this.#paintInteraction();
    if (this.#shown.image && (!this.#announcedView || !sameView(this.#view, this.#announcedView))) {
      this.#announcedView = this.#view;
      this.#events.viewport(this.#view);
      this.#pointer.refresh();
    }
  }

  #paintInteraction(): void {
    this.#dirty.interaction = false;
    const tool = this.#tools[this.#shown.tool];
    const showGuides = tool.guides && !this.#panning && !this.#shown.readOnly && this.#pointer.dragging !== 'pan' && this.#hoverAt?.inside;
    const frame: Frame = { view: this.#view, transform: this.#transform(), size: this.#stage.size, device: this.#stage.device, ratio: this.#stage.ratio, theme: this.#theme };
    this.#interaction.paint(this.#stage.interactive, this.#leaving ? { ...this.#shown, draft: this.#leaving } : this.#shown, frame, { band: this.#band, gathering: this.#gathering }, showGuides ? (this.#hoverAt?.screen ?? null) : null, this.#crosshair);
  }

  #announcePicture(): void {
    const image = this.#toAnnounce;
    this.#toAnnounce = null;
    if (image !== null) afterFrame(() => this.#events.painted(image), this.#life.signal);
  }

  #showCursor(): void {
    const tool = this.#tools[this.#wanted.tool];
    const dragging = this.#pointer.dragging;
    const panning = this.#panning || dragging === 'pan' || (this.#wanted.tool === 'hand' && dragging !== null);
    this.#stage.top.style.cursor = panning ? (dragging ? 'grabbing' : 'grab') : this.#shown.image ? tool.cursor(this.#shown, this.#pointer.altHeld) : 'default';
  }

  #transform(): ReturnType<typeof deviceTransform> {
    return deviceTransform(this.#view, this.#stage.size, this.#stage.ratio);
  }

  #imageSize(): Size {
    return this.#shown.image?.pyramid ?? { width: 1, height: 1 };
  }

  #middle(): ScreenPoint {
    return screenPoint(this.#stage.size.width / 2, this.#stage.size.height / 2);
  }

  #toolContext(): ToolContext {
    return {
      events: this.#events,
      scene: () => this.#shown,
      imageSize: () => this.#imageSize(),
      zoom: () => this.#view.zoom,
      cursorChanged: () => this.#showCursor(),
      hit: (point) => hitTest(this.#shown.instances, this.#shown.hidden, point),
      panBy: (dx, dy) => {
        if (this.#shown.image) this.#setView(panBy(this.#view, this.#stage.size, this.#imageSize(), dx, dy));
      },
      zoomBy: (factor, at) => this.zoomBy(factor, at),
      fillBox: (box) => this.#setView(fillBoxView(this.#stage.size, this.#imageSize(), box)),
      setRubberBand: (band) => {
        this.#band = band;
        this.#invalidate('interaction');
      },
      setGathering: (gathering) => {
        this.#gathering = gathering;
        this.#candidates.update(this.#shown.overlay, gathering?.ids ?? NO_IDS, false);
        this.#invalidate('masks', 'interaction');
      },
    };
  }

  #pointerTarget(context: ToolContext): PointerTarget {
    return {
      tool: () => this.#tools[this.#wanted.tool],
      panning: () => this.#panning,
      active: () => this.#shown.image !== null && sameImage(this.#shown.image, this.#wanted.image),
      locate: (screen, held) => {
        const image = toImage(this.#view, this.#stage.size, screen);
        const { width, height } = this.#imageSize();
        const inside = this.#shown.image !== null && image.x >= 0 && image.y >= 0 && image.x < width && image.y < height;
        return { screen, image, inside, ...held };
      },
      startPan: (from) => dragPan(context, from),
      panBy: context.panBy,
      zoomBy: context.zoomBy,
      moved: (at) => {
        this.#hoverAt = at;
        if (!this.#crosshair) this.#events.pointer(at?.inside ? imagePoint(Math.floor(at.image.x), Math.floor(at.image.y)) : null);
        const tool = this.#tools[this.#wanted.tool];
        if (sameImage(this.#shown.image, this.#wanted.image)) tool.hover?.(at);
        if (tool.guides) this.#invalidate('interaction');
      },
      cursorChanged: () => this.#showCursor(),
    };
  }
}

function keyOf({ project, image, version }: CanvasImage): string {
  return `${project}/${image}/${version}`;
}

function sameImage(a: CanvasImage | null, b: CanvasImage | null): boolean {
  return a === b || (a !== null && b !== null && keyOf(a) === keyOf(b));
}
