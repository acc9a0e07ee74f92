// SPDX-License-Identifier: Apache-2.0
// The plugins, as Jupyter's pages take them.

import { halt } from './halt.ts';
import { idle } from './idle.ts';
import { kernel } from './kernel.ts';
import { leaving } from './leave.ts';
import { robotics } from './robotics.ts';
import { running } from './running.ts';
import style from './style.css';

const sheet = document.createElement('style');
sheet.textContent = style;
document.head.append(sheet);

export default [halt, idle, kernel, leaving, robotics, running];
