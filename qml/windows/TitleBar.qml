import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Name, icon and buttons of a window; the place to take hold of it.
Item {
    id: bar

    required property int window
    required property string app
    required property string appName
    required property string icon
    required property string picture
    required property string title
    required property bool focusedWindow
    required property bool loose
    required property bool resizable
    required property bool responding

    required property string frame // the window's element, for the theme
    required property string used // what its app uses, as part of an element
    readonly property string element: frame + " titlebar" + used
    readonly property var look: ground.look

    Accessible.role: Accessible.TitleBar
    Accessible.name: title

    Box {
        id: ground

        anchors.fill: parent
        element: bar.element
    }

    MouseArea {
        acceptedButtons: Qt.LeftButton | Qt.RightButton
        anchors.fill: parent

        onCanceled: Scene.cancelMove()
        onDoubleClicked: mouse => {
            if (bar.resizable && mouse.button === Qt.LeftButton)
                Scene.toggleMaximized(bar.window);
        }
        onPositionChanged: mouse => {
            const point = mapToItem(null, mouse.x, mouse.y);
            Scene.moveTo(point.x, point.y);
        }
        onPressed: mouse => {
            const point = mapToItem(null, mouse.x, mouse.y);
            Scene.focusWindow(bar.window);
            if (mouse.button === Qt.LeftButton)
                Scene.beginMove(bar.window, point.x, point.y);
            else
                Scene.openMenu(bar.window, point.x, point.y);
        }
        onPressAndHold: mouse => {
            // The area does not hear of movements of a window in the hand.
            if (Scene.handMoved())
                return;
            const point = mapToItem(null, mouse.x, mouse.y);
            Scene.cancelMove();
            Scene.openMenu(bar.window, point.x, point.y);
        }
        onReleased: Scene.endMove()
    }

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Tokens.space.sm
        anchors.rightMargin: Tokens.space.xs
        spacing: Tokens.space.xs

        AppIcon {
            Layout.preferredHeight: Tokens.size.icon
            Layout.preferredWidth: Tokens.size.icon
            app: bar.app
            name: bar.appName
            source: bar.picture !== "" ? bar.picture : bar.icon
        }

        Symbol {
            Accessible.ignored: true // the title says it, too
            Layout.preferredHeight: Tokens.size.iconSmall
            Layout.preferredWidth: Tokens.size.iconSmall
            color: Tokens.color.warning
            name: "warning"
            stroke: Tokens.stroke.icon
            visible: !bar.responding
        }

        Label {
            Layout.leftMargin: Tokens.space.xs
            Layout.maximumWidth: Math.ceil(implicitWidth) // layouts cut fractions, and the text with them
            Layout.fillWidth: true
            look: bar.look
            text: bar.title
        }

        Label {
            Layout.fillWidth: true
            Layout.leftMargin: Tokens.space.xs
            color: Tokens.color.titleTextInactive
            opacity: bar.appName !== "" && bar.appName !== bar.title ? 1 : 0
            text: bar.appName
        }

        WindowButton {
            within: bar.element
            symbol: "minimize"
            text: qsTr("Minimise")

            onClicked: Scene.minimizeWindow(bar.window)
        }

        WindowButton {
            within: bar.element
            enabled: bar.resizable
            symbol: bar.loose ? "maximize" : "restore"
            text: bar.loose ? qsTr("Maximise") : qsTr("Restore")

            onClicked: Scene.toggleMaximized(bar.window)
        }

        WindowButton {
            within: bar.element
            symbol: "close"
            text: qsTr("Close")

            onClicked: Scene.closeWindow(bar.window)
        }
    }
}
