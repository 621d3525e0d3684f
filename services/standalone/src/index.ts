export { rooms, roomNames, servedVendors, workerRoom, workerFolder, isRoomName, type RoomName } from './rooms.js';
