import './design/tokens.css';
import './design/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { language, loadTexts } from './messages';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no #app.');
// Without its texts the studio still works: in English.
void loadTexts()
  .then(() => (document.documentElement.lang = language), (error: unknown) => console.error(error))
  .then(() => mount(App, { target }));
