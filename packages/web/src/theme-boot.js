(() => {
  try {
    const theme = localStorage.getItem('selected_theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Storage can be forbidden; the theme of the system then applies.
    console.info('The stored theme cannot be read.', error);
  }
})();
