export { headerNames } from './headers.js';
export {
  frameKinds,
  FRAME_HEAD_BYTES,
  encodeFrame,
  decodeFrame,
  SEVERAL_FRAMES,
  joinFrames,
  readFrames,
  framesSubject,
  framesWildcard,
  parseFramesSubject,
  type Frame,
  type FrameKind,
} from './frame.js';
export { RequestBody } from './request-body.js';
export type { CallContext, CancelReason } from './context.js';
export { Stopper, toAbortSignal, type StopSignal } from './stop-signal.js';
export {
  cancelMessage,
  controlSubject,
  announcedVendor,
  beat,
  beatSubject,
  BEAT_WILDCARD,
  BEAT_INTERVAL_MS,
  MISSED_BEATS,
  type CancelMessage,
  type AnnouncedVendor,
  type Beat,
} from './control.js';
