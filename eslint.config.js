import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["embedlab/plots/**/*.js", "embedlab/ui/**/*.js"],
    languageOptions: {ecmaVersion: 2024, sourceType: "module", globals: {...globals.browser, STYLE: "readonly"}},
    rules: {
      "no-unused-vars": ["error", {ignoreRestSiblings: true}],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": ["error", {destructuring: "all"}],
      "no-implicit-globals": "error",
      "no-eval": "error",
    },
  },
];
