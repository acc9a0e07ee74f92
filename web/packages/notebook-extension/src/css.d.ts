// SPDX-License-Identifier: Apache-2.0
// build.ts hands style sheets over as text.
declare module '*.css' {
  const text: string;
  export default text;
}
