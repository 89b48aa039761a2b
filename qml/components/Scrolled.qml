import QtQuick
import QtQuick.Templates as T
import Berth

// What scrolls where it is higher than its room. What is in it lies beside the scroll bar and not below it.
Flickable {
    id: list

    default property alias content: column.data
    property alias spacing: column.spacing
    readonly property real rowWidth: column.width

    // Follows the keyboard.
    function show(item: Item): void {
        const top = item.mapToItem(column, 0, 0).y;
        contentY = Math.max(0, Math.min(top, Math.max(contentY, top + item.height - height)));
    }

    // By a part of what is seen.
    function scroll(parts: real): void {
        contentY = Math.max(0, Math.min(contentHeight - height, contentY + parts * height));
    }

    boundsBehavior: Flickable.StopAtBounds
    clip: contentHeight > height
    contentHeight: column.implicitHeight
    interactive: contentHeight > height

    T.ScrollBar.vertical: ScrollBar {}

    Column {
        id: column

        width: list.width - (list.interactive ? Tokens.space.md : 0)
        x: LayoutMirroring.enabled ? list.width - width : 0
    }
}
