export { compatibleRoom, compatibleVendors, roomOfEnvironment } from './compatible-room.js';
